/** Two ways to show what the networks said: ten bars of probability, and the members' votes. */

import { element } from "./dom.js";
import { figure, percent } from "./figures.js";

/** Below this share a bar is a line, and a number above it would be noise. */
const WORTH_SAYING = 0.005;

/** Fill an empty list with ten bars. @param {HTMLElement} list */
export function buildBars(list) {
  const bar = (/** @type {number} */ digit) =>
    element("li", {}, element("b"), element("i"), figure(digit), element("span", { class: "unseen" }, String(digit)));
  list.replaceChildren(...Array.from({ length: 10 }, (_, digit) => bar(digit)));
}

/** @param {HTMLElement} list ten bars @param {number[]} probabilities @param {number|null} first the answer, in the accent */
export function raiseBars(list, probabilities, first) {
  [...list.children].forEach((item, digit) => {
    const bar = /** @type {HTMLElement} */ (item);
    const probability = probabilities[digit];
    bar.style.setProperty("--share", String(probability));
    bar.toggleAttribute("data-first", digit === first);
    const shown = percent(probability, probability > 0.99 ? 1 : 0).replace(" %", "");
    /** @type {HTMLElement} */ (bar.querySelector("b")).textContent = probability >= WORTH_SAYING ? shown : "";
    /** @type {HTMLElement} */ (bar.querySelector("span")).textContent = `${digit}: ${percent(probability)}`;
  });
}

/**
 * @param {HTMLElement} list
 * @param {number[]} votes of the members asked
 * @param {{winner: number|null, members: number}} house members not asked keep an empty place
 */
export function castVotes(list, votes, { winner, members }) {
  const items = Array.from({ length: members }, (_, member) => {
    if (member >= votes.length) return element("li", { "data-silent": "" }, element("span", { class: "unseen" }, "not asked"));
    const item = element("li", {}, figure(votes[member]), element("span", { class: "unseen" }, String(votes[member])));
    item.toggleAttribute("data-against", votes[member] !== winner);
    return item;
  });
  list.replaceChildren(...items);
}
