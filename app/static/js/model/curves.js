/** Learning curves of all members: validation error where it was measured, otherwise training loss. */

import { shape } from "../dom.js";
import { frame } from "./chart.js";

/** @typedef {{epoch: number, training_loss: number, validation_accuracy: number|null}} CurvePoint */

/** @param {CurvePoint[][]} curves */
export const validated = (curves) => curves.some((points) => points.some((point) => point.validation_accuracy !== null));

/** @param {HTMLElement} place @param {CurvePoint[][]} curves one for each member */
export function showCurves(place, curves) {
  const errors = validated(curves);
  const value = (/** @type {CurvePoint} */ point) =>
    errors ? (1 - (point.validation_accuracy ?? NaN)) * 100 : point.training_loss;
  const lines = curves.map((points) => points.map((point) => ({ epoch: point.epoch, value: value(point) })).filter(drawable));
  const all = lines.flat();
  if (all.length === 0) return;
  const [low, high] = [Math.min(...all.map((p) => p.value)) * 0.9, Math.max(...all.map((p) => p.value)) * 1.05];
  const last = Math.max(...all.map((p) => p.epoch));
  const { svg, x, y } = frame({
    width: 460,
    height: 420,
    x: { from: Math.min(...all.map((p) => p.epoch)), to: last, ticks: epochTicks(last), format: String, title: "epoch" },
    y: { from: low, to: high, ticks: roundTicks(low, high), format: String, title: errors ? "validation error, %" : "training loss", logarithmic: true },
    label: `Learning curves of ${curves.length} networks over ${last} epochs, falling to ${low.toPrecision(2)}.`,
  });
  for (const line of lines) {
    const path = line.map((p, index) => `${index === 0 ? "M" : "L"}${x(p.epoch).toFixed(1)} ${y(p.value).toFixed(1)}`).join("");
    svg.append(shape("path", { class: "curve", d: path }));
  }
  place.replaceChildren(svg);
}

/** A logarithmic axis has no zero. @param {{value: number}} point */
const drawable = ({ value }) => Number.isFinite(value) && value > 0;

/** Round numbers within a range: 1, 2, 5, 10, ... or finer ones where those are too few. @param {number} low @param {number} high */
function roundTicks(low, high) {
  const powers = Array.from({ length: 12 }, (_, index) => Math.floor(Math.log10(low)) + index);
  const within = (/** @type {number[]} */ leads) =>
    powers.flatMap((power) => leads.map((lead) => Number((lead * 10 ** power).toPrecision(2)))).filter((tick) => tick >= low && tick <= high);
  return [[1, 2, 5], [1, 1.5, 2, 3, 5, 7], [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 9]]
    .map(within)
    .find((ticks, index) => ticks.length >= 3 || index === 2) ?? [];
}

/** @param {number} last */
function epochTicks(last) {
  const step = [1, 2, 5, 10, 20, 50, 100].find((candidate) => last / candidate <= 8) ?? last;
  return Array.from({ length: Math.floor(last / step) }, (_, index) => (index + 1) * step);
}
