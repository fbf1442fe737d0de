/** The reliability diagram: how often answers of each probability were right. */

import { shape } from "../dom.js";
import { percent } from "../figures.js";
import { frame, wilson } from "./chart.js";

const FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** @typedef {{lower: number, upper: number, count: number, confidence: number, accuracy: number}} Bin */

/** @param {HTMLElement} place @param {Bin[]} bins */
export function showCalibration(place, bins) {
  const filled = bins.filter(({ count }) => count > 0);
  const axis = { from: 0, to: 1, ticks: FIFTHS, format: (/** @type {number} */ share) => `${Math.round(share * 100)}` };
  const { svg, x, y } = frame({
    width: 460,
    height: 420,
    x: { ...axis, title: "probability given, %" },
    y: { ...axis, title: "answers that were right, %" },
    label: `Reliability diagram. ${filled.map(spoken).join("; ")}.`,
  });
  svg.append(shape("line", { class: "ideal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }));
  for (const { confidence, accuracy, count } of filled) {
    const [low, high] = wilson(accuracy, count);
    svg.append(
      shape("line", { class: "whisker first", x1: x(confidence), x2: x(confidence), y1: y(low), y2: y(high) }),
      shape("circle", { class: "first", cx: x(confidence), cy: y(accuracy), r: Math.min(9, 3 + Math.log10(count) * 1.4) }),
    );
  }
  place.replaceChildren(svg);
}

/** @param {Bin} bin */
const spoken = ({ confidence, accuracy, count }) => `of ${count} at ${percent(confidence, 0)}, ${percent(accuracy, 0)} right`;
