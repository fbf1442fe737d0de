/**
 * A drawing as the fragment of a link, and back. The fragment never leaves the browser.
 *
 * Bytes in base64url: a version; then for each stroke its width, twice the number of points plus 1 if it has pressure, and
 * the points as steps from the one before, in half the resolution of the paper. All numbers are variable-length (7 bits
 * a byte). Points that a straight line would not miss are left out (Ramer 1972, Douglas and Peucker 1973).
 *
 * @import { Stroke, Point } from "./drawing.js"
 */

import { PAPER_UNITS } from "./drawing.js";

const VERSION = 1;
const KEY = "d=";
const UNITS_PER_STEP = 2;
const TOLERANCE_UNITS = 2.5;
const MOST_POINTS = 20_000;

/** @param {Stroke[]} strokes @returns {string} what follows the # */
export function toFragment(strokes) {
  const bytes = [VERSION];
  for (const { width, points } of strokes) {
    const kept = simplify(points);
    const pressed = kept.some(([, , pressure]) => pressure !== 0.5);
    pushNumber(bytes, Math.round(width));
    pushNumber(bytes, kept.length * 2 + Number(pressed));
    let [lastX, lastY] = [0, 0];
    for (const [x, y, pressure] of kept) {
      const [stepX, stepY] = [Math.round(x / UNITS_PER_STEP), Math.round(y / UNITS_PER_STEP)];
      pushNumber(bytes, zigzag(stepX - lastX));
      pushNumber(bytes, zigzag(stepY - lastY));
      if (pressed) bytes.push(Math.round(pressure * 100));
      [lastX, lastY] = [stepX, stepY];
    }
  }
  const text = btoa(String.fromCharCode(...bytes));
  return KEY + text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * @param {string} fragment with or without the #
 * @returns {Stroke[]|null} null if it holds no drawing
 * @throws {RangeError} if it holds one that is damaged
 */
export function fromFragment(fragment) {
  const text = fragment.replace(/^#/, "");
  if (!text.startsWith(KEY)) return null;
  const bytes = decode(text.slice(KEY.length));
  if (bytes.next() !== VERSION) throw damaged();
  /** @type {Stroke[]} */ const strokes = [];
  for (let total = 0; !bytes.done(); ) {
    const [width, head] = [bytes.number(), bytes.number()];
    const [count, pressed] = [head >> 1, head % 2 === 1];
    total += count;
    if (width < 1 || width > PAPER_UNITS || count < 1 || total > MOST_POINTS) throw damaged();
    strokes.push({ width, points: readPoints(bytes, { count, pressed }) });
  }
  return strokes;
}

/** @param {ReturnType<typeof decode>} bytes @param {{count: number, pressed: boolean}} shape @returns {Point[]} */
function readPoints(bytes, { count, pressed }) {
  let [x, y] = [0, 0];
  return Array.from({ length: count }, () => {
    x += unzigzag(bytes.number()) * UNITS_PER_STEP;
    y += unzigzag(bytes.number()) * UNITS_PER_STEP;
    if (x < 0 || y < 0 || x > PAPER_UNITS || y > PAPER_UNITS) throw damaged();
    return /** @type {Point} */ ([x, y, pressed ? Math.min(1, bytes.next() / 100) : 0.5]);
  });
}

/** @param {string} text base64url */
function decode(text) {
  let content;
  try {
    content = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw damaged();
  }
  let place = 0;
  const next = () => {
    if (place >= content.length) throw damaged();
    return content.charCodeAt(place++);
  };
  const number = () => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = next();
      value += (byte & 127) * 2 ** shift;
      shift += 7;
      if (shift > 35) throw damaged();
    } while (byte > 127);
    return value;
  };
  return { next, number, done: () => place >= content.length };
}

/** @param {number[]} bytes @param {number} value */
function pushNumber(bytes, value) {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
}

/** @param {number} value */
const zigzag = (value) => (value < 0 ? -2 * value - 1 : 2 * value);
/** @param {number} value */
const unzigzag = (value) => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);
const damaged = () => new RangeError("The drawing in this link is damaged.");

/** @param {Point[]} points @returns {Point[]} */
function simplify(points) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points[points.length - 1]];
  let [farthest, place] = [0, 0];
  for (let index = 1; index < points.length - 1; index += 1) {
    const away = distance(points[index], first, last);
    if (away > farthest) [farthest, place] = [away, index];
  }
  if (farthest <= TOLERANCE_UNITS) return [first, last];
  return [...simplify(points.slice(0, place + 1)).slice(0, -1), ...simplify(points.slice(place))];
}

/** From a point to the line through two others, or to the one where they fall together. @param {Point} p @param {Point} a @param {Point} b */
function distance(p, a, b) {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  if (length === 0) return Math.hypot(p[0] - a[0], p[1] - a[1]);
  return Math.abs((b[0] - a[0]) * (a[1] - p[1]) - (a[0] - p[0]) * (b[1] - a[1])) / length;
}
