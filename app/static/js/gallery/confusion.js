/** The confusion matrix as a table whose errors can be pressed. */

import { element } from "../dom.js";
import { figure } from "../figures.js";

/**
 * @param {HTMLElement} place
 * @param {number[][]} counts row is the true digit, column the answer
 * @param {(label: number, predicted: number) => void} choose
 */
export function showConfusion(place, counts, choose) {
  const most = Math.max(1, ...counts.flatMap((row, label) => row.filter((_, predicted) => predicted !== label)));
  const digits = counts.map((_, digit) => digit);
  const head = element("tr", {}, element("td"), ...digits.map((digit) => heading(digit, "col")));
  const rows = counts.map((row, label) =>
    element("tr", {}, heading(label, "row"), ...row.map((count, predicted) => cell({ count, label, predicted, most }, choose))),
  );
  const caption = element("caption", { class: "unseen" }, "How often each written digit, a row, was read as each digit, a column");
  place.replaceChildren(element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows)));
}

/** Mark the pressed cell. @param {HTMLElement} place @param {{label: string, predicted: string}} filter */
export function markConfusion(place, { label, predicted }) {
  for (const button of place.querySelectorAll("button")) {
    const pressed = button.dataset.label === label && button.dataset.predicted === predicted;
    button.setAttribute("aria-pressed", String(pressed));
  }
}

/** @param {number} digit @param {"row"|"col"} scope */
function heading(digit, scope) {
  return element("th", { scope }, figure(digit, "small"), element("span", { class: "unseen" }, String(digit)));
}

/**
 * @param {{count: number, label: number, predicted: number, most: number}} place
 * @param {(label: number, predicted: number) => void} choose
 */
function cell({ count, label, predicted, most }, choose) {
  if (label === predicted) return element("td", { class: "right" }, String(count));
  if (count === 0) return element("td", {}, element("span", { class: "unseen" }, "0"));
  const button = element("button", { type: "button", "aria-pressed": "false", "aria-label": `${label} read as ${predicted}: ${count}` });
  button.textContent = String(count);
  button.dataset.label = String(label);
  button.dataset.predicted = String(predicted);
  button.style.setProperty("--weight", String(0.25 + (0.75 * count) / most));
  button.addEventListener("click", () => choose(label, predicted));
  return element("td", {}, button);
}
