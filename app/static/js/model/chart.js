/** The little that our charts share: a frame with axes, in SVG. Colours and type are the style sheet's. */

import { shape } from "../dom.js";

const MARGIN = { top: 12, right: 14, bottom: 40, left: 52 };

/**
 * @typedef {object} Axis
 * @property {number} from
 * @property {number} to
 * @property {number[]} ticks
 * @property {(tick: number) => string} format
 * @property {string} title
 * @property {boolean} [logarithmic]
 */

/**
 * @param {{width: number, height: number, x: Axis, y: Axis, label: string}} plan label says in a sentence what the chart shows
 * @returns {{svg: SVGElement, x: (value: number) => number, y: (value: number) => number}} scales give SVG units
 */
export function frame({ width, height, x, y, label }) {
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const [bottom, top] = [height - MARGIN.bottom, MARGIN.top];
  const toX = scale(x, left, right);
  const toY = scale(y, bottom, top);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const tick of y.ticks) {
    svg.append(shape("line", { class: "grid", x1: left, x2: right, y1: toY(tick), y2: toY(tick) }));
    svg.append(shape("text", { class: "tick end", x: left - 8, y: toY(tick) + 4 }, y.format(tick)));
  }
  for (const tick of x.ticks) svg.append(shape("text", { class: "tick middle", x: toX(tick), y: bottom + 18 }, x.format(tick)));
  svg.append(
    shape("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    shape("text", { class: "tick middle", x: (left + right) / 2, y: height - 4 }, x.title),
    shape("text", { class: "tick middle", transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)` }, y.title),
  );
  return { svg, x: toX, y: toY };
}

/** @param {Axis} axis @param {number} start @param {number} end */
function scale({ from, to, logarithmic }, start, end) {
  const place = logarithmic ? Math.log : (/** @type {number} */ value) => value;
  return (/** @type {number} */ value) => start + ((place(value) - place(from)) / (place(to) - place(from))) * (end - start);
}

/** A Wilson interval of 95 %, for a share seen in so many. @param {number} share @param {number} count @returns {[number, number]} */
export function wilson(share, count) {
  const z = 1.959964;
  const middle = (share + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half = (z / (1 + (z * z) / count)) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
