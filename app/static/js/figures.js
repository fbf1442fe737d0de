/** Digits as figures and as words, and numbers as text. The figures are drawn in numerals.svg. */

const SVG = "http://www.w3.org/2000/svg";
const NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** @param {number|"any"|null} digit */
const source = (digit) => `/static/numerals.svg#${digit === null ? "none" : digit === "any" ? "any" : `n${digit}`}`;

/**
 * A new figure, silent for screen readers: say the number beside it.
 *
 * @param {number|null} digit null is a dash
 * @param {string} [className]
 */
export function figure(digit, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `figure ${className}`.trim());
  svg.setAttribute("viewBox", "0 0 100 148");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", source(digit));
  svg.append(use);
  return svg;
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

/** An element, in one line. @param {string} tag @param {Record<string, string>} [attributes] @param {...(Node|string)} children */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The same for SVG. @param {string} tag @param {Record<string, string|number>} [attributes] @param {...(Node|string)} children */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}
