/** A learned filter of weights, as squares: bright asks for ink, dark for paper. */

import { shape } from "./dom.js";

/**
 * @param {number[][]} weights
 * @param {number} strongest the largest weight of all filters shown together, so that they can be compared
 * @param {string} [name] for who cannot see it
 */
export function drawFilter(weights, strongest, name) {
  const size = weights.length;
  const squares = weights.flatMap((row, y) =>
    row.map((weight, x) => {
      const square = shape("rect", { x, y, width: 1.02, height: 1.02, class: weight < 0 ? "against" : "for" });
      square.style.setProperty("opacity", String(Math.min(1, Math.abs(weight) / strongest)));
      return square;
    }),
  );
  const svg = shape("svg", { viewBox: `0 0 ${size} ${size}`, class: "filter" }, shape("rect", { width: size, height: size, class: "nothing" }), ...squares);
  if (name) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", name);
  } else svg.setAttribute("aria-hidden", "true");
  return svg;
}

/** @param {number[][][]} filters */
export const strongestOf = (filters) => Math.max(...filters.flat(2).map(Math.abs), 1e-9);
