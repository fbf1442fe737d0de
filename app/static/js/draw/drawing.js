/**
 * A drawing: strokes as vectors, and its history. Knows neither the screen nor the pen.
 *
 * The paper is 1000 units wide and high, whatever the screen is. The stroke under the pen is `wet` until it is lifted.
 *
 * @typedef {[x: number, y: number, pressure: number]} Point pressure 0.5 is that of a mouse
 * @typedef {{width: number, points: Point[]}} Stroke width in units
 */

export const PAPER_UNITS = 1000;

/** Closer than this two points are one: a hand does not mean it, and a link gets shorter. */
const NEAR_UNITS = 2;

/** Events: `change` when strokes came or went, `grow` when the wet one got longer. */
export class Drawing extends EventTarget {
  /** @type {Stroke[]} */ #strokes = [];
  /** @type {Stroke[][]} */ #past = [];
  /** @type {Stroke[][]} */ #future = [];
  /** @type {Stroke|null} */ #wet = null;

  get strokes() {
    return this.#strokes;
  }

  get wet() {
    return this.#wet;
  }

  /** What is on the paper now, the wet stroke with it. @returns {Stroke[]} */
  get visible() {
    return this.#wet ? [...this.#strokes, this.#wet] : this.#strokes;
  }

  get empty() {
    return this.#strokes.length === 0 && this.#wet === null;
  }

  get undoable() {
    return this.#past.length > 0;
  }

  get redoable() {
    return this.#future.length > 0;
  }

  /** Put the pen down. @param {number} width @param {Point} point */
  start(width, point) {
    this.#wet = { width, points: [inside(point)] };
    this.dispatchEvent(new Event("grow"));
  }

  /** Lead the pen on. @param {Point[]} points */
  extend(points) {
    if (!this.#wet) return;
    const known = this.#wet.points;
    for (const point of points.map(inside)) {
      const [x, y] = known[known.length - 1];
      if (Math.hypot(point[0] - x, point[1] - y) >= NEAR_UNITS) known.push(point);
    }
    this.dispatchEvent(new Event("grow"));
  }

  /** Lift the pen. */
  finish() {
    if (!this.#wet) return;
    const stroke = this.#wet;
    this.#wet = null;
    this.#become([...this.#strokes, stroke]);
  }

  clear() {
    this.#wet = null;
    if (this.#strokes.length > 0) this.#become([]);
    else this.dispatchEvent(new Event("change"));
  }

  /** Another drawing in place of this one; can be undone. @param {Stroke[]} strokes */
  replace(strokes) {
    this.#wet = null;
    this.#become(strokes);
  }

  undo() {
    this.#step(this.#past, this.#future);
  }

  redo() {
    this.#step(this.#future, this.#past);
  }

  /** @param {Stroke[][]} from @param {Stroke[][]} to */
  #step(from, to) {
    const strokes = this.#wet ? undefined : from.pop();
    if (!strokes) return;
    to.push(this.#strokes);
    this.#strokes = strokes;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Stroke[]} strokes */
  #become(strokes) {
    this.#past.push(this.#strokes);
    this.#future = [];
    this.#strokes = strokes;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Point} point @returns {Point} */
function inside([x, y, pressure]) {
  const bound = (/** @type {number} */ value) => Math.min(PAPER_UNITS, Math.max(0, value));
  return [bound(x), bound(y), pressure];
}
