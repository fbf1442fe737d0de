/**
 * Digits as figures and as words, and numbers as text. The figures are drawn in numerals.svg.
 *
 * Pages name them in that file, so that they show before any script; a browser would ask for the file again and again as
 * figures change, so a script first takes them into the page.
 */

import { shape } from "./dom.js";

const NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const FILE = "/static/numerals.svg";

/** @param {number|"any"|null} digit */
const source = (digit) => (digit === null ? "#none" : digit === "any" ? "#any" : `#n${digit}`);

/** Take the figures into the page; those that are there already follow. */
export async function bringFigures() {
  const text = await (await fetch(FILE)).text();
  const sprite = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  sprite.setAttribute("class", "unseen");
  sprite.setAttribute("aria-hidden", "true");
  document.body.append(document.adoptNode(sprite));
  for (const use of document.querySelectorAll(`use[href^="${FILE}"]`)) {
    use.setAttribute("href", /** @type {string} */ (use.getAttribute("href")).slice(FILE.length));
  }
}

/**
 * A new figure, silent for screen readers: say the number beside it.
 *
 * @param {number|null} digit null is a dash
 * @param {string} [className]
 */
export function figure(digit, className = "") {
  const attributes = { class: `figure ${className}`.trim(), viewBox: "0 0 100 148", "aria-hidden": "true" };
  return shape("svg", attributes, shape("use", { href: source(digit) }));
}

/** @param {SVGElement} svg a figure @param {number|"any"|null} digit any is all ten at once */
export function setFigure(svg, digit) {
  const use = /** @type {SVGUseElement} */ (svg.firstElementChild);
  if (use.getAttribute("href") !== source(digit)) use.setAttribute("href", source(digit));
}

/** @param {number} digit */
export const nameOf = (digit) => NAMES[digit];

/** @param {number} count */
export const inWords = (count) => NAMES[count] ?? String(count);

/**
 * A probability for people. Never "100 %" for what is less than certain.
 *
 * @param {number} probability
 * @param {number} [places]
 */
export function percent(probability, places = 1) {
  const unit = 10 ** places;
  const rounded = Math.round(probability * 100 * unit) / unit;
  const shown = probability < 1 ? Math.min(rounded, 100 - 1 / unit) : 100;
  return `${shown.toFixed(places)} %`;
}

/** @param {number} value a whole number, its thousands set apart */
export const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
