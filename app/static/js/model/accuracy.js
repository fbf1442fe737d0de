/** Every member's accuracy and the ensemble's, as dots on one line each, with their intervals. */

import { shape } from "../dom.js";
import { percent } from "../figures.js";

const ROW = 34;
const LEFT = 104;
const RIGHT = 88;
/** Type keeps its size on a phone: the chart gets narrower, not smaller. */
const NARROWEST = 320;
const WIDEST = 720;
/** Room for a tick's label, in SVG units. */
const TICK_ROOM = 44;

/** @typedef {{correct: number, accuracy: number, interval: [number, number]}} Score */

/** @param {HTMLElement} place @param {Score[]} members @param {Score} ensemble */
export function showAccuracy(place, members, ensemble) {
  const width = Math.min(WIDEST, Math.max(NARROWEST, place.clientWidth));
  const rows = [...members.map((score, index) => ({ name: `Network ${index + 1}`, score })), { name: "Together", score: ensemble }];
  const from = Math.min(...rows.map(({ score }) => score.interval[0])) - 0.0004;
  const to = Math.max(...rows.map(({ score }) => score.interval[1])) + 0.0004;
  const x = (/** @type {number} */ value) => LEFT + ((value - from) / (to - from)) * (width - LEFT - RIGHT);
  const label = `Accuracy: ${rows.map(({ name, score }) => `${name} ${percent(score.accuracy, 2)}`).join(", ")}.`;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${rows.length * ROW + 28}`, role: "img", "aria-label": label });
  for (const tick of ticksBetween({ from, to, most: (width - LEFT - RIGHT) / TICK_ROOM })) {
    svg.append(shape("line", { class: "grid", x1: x(tick), x2: x(tick), y1: 0, y2: rows.length * ROW }));
    svg.append(shape("text", { class: "tick middle", x: x(tick), y: rows.length * ROW + 20 }, (tick * 100).toFixed(1)));
  }
  rows.forEach(({ name, score }, index) => svg.append(row({ name, score, x, width, y: index * ROW + ROW / 2, first: score === ensemble })));
  place.replaceChildren(svg);
}

/** @param {{name: string, score: Score, x: (value: number) => number, width: number, y: number, first: boolean}} row */
function row({ name, score, x, width, y, first }) {
  return shape(
    "g",
    { class: first ? "series first" : "series" },
    shape("text", { class: "name", x: 0, y: y + 5 }, name),
    shape("line", { class: "whisker", x1: x(score.interval[0]), x2: x(score.interval[1]), y1: y, y2: y }),
    shape("circle", { cx: x(score.accuracy), cy: y, r: first ? 7 : 5 }),
    shape("text", { class: "value", x: width, y: y + 5 }, percent(score.accuracy, 2)),
  );
}

/** Whole tenths of a percent, as many as find room. @param {{from: number, to: number, most: number}} range */
function ticksBetween({ from, to, most }) {
  const step = [1, 2, 5, 10, 20, 50].find((tenths) => ((to - from) * 1000) / tenths <= most) ?? 100;
  const first = Math.ceil((from * 1000) / step) * step;
  return Array.from({ length: Math.floor((to * 1000 - first) / step) + 1 }, (_, index) => (first + index * step) / 1000);
}
