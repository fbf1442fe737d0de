/**
 * The paper on the screen: shows a drawing, sharp at any pixel density, or a picture laid upon it.
 *
 * @import { Drawing } from "./drawing.js"
 */

import { PAPER_UNITS } from "./drawing.js";
import { paintStroke } from "./ink.js";

export class Paper {
  /** Points of the wet stroke that are on the screen already. */
  #painted = 0;
  /** @type {ImageBitmap|null} */ #picture = null;
  /** @type {{x: number, y: number, down: boolean}|null} */ #cursor = null;

  /** @param {HTMLCanvasElement} canvas @param {Drawing} drawing */
  constructor(canvas, drawing) {
    this.canvas = canvas;
    this.drawing = drawing;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    drawing.addEventListener("change", () => this.paint());
    drawing.addEventListener("grow", () => this.#grow());
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  /** Lay a picture on the paper, or take it away. @param {ImageBitmap|null} picture */
  lay(picture) {
    this.#picture?.close();
    this.#picture = picture;
    this.paint();
  }

  /** Where the keyboard's pen is; null hides it. @param {{x: number, y: number, down: boolean}|null} cursor */
  point(cursor) {
    this.#cursor = cursor;
    this.paint();
  }

  /** Paper units of a place on the screen. @param {{clientX: number, clientY: number}} event @returns {[number, number]} */
  unitsOf({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * PAPER_UNITS, ((clientY - box.top) / box.height) * PAPER_UNITS];
  }

  paint() {
    const { context, canvas, drawing } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (this.#picture) this.#paintPicture(this.#picture);
    this.#useInk();
    for (const stroke of drawing.visible) paintStroke(context, stroke);
    this.#painted = drawing.wet?.points.length ?? 0;
    if (this.#cursor) this.#paintCursor(this.#cursor);
  }

  #grow() {
    const { wet } = this.drawing;
    if (!wet || this.#cursor) return this.paint();
    this.#useInk();
    // Two points back: the piece before the last one ended at a point and now ends at a midpoint.
    paintStroke(this.context, wet, this.#painted - 2);
    this.#painted = wet.points.length;
  }

  #useInk() {
    const scale = this.canvas.width / PAPER_UNITS;
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.strokeStyle = this.context.fillStyle = getComputedStyle(this.canvas).getPropertyValue("--accent");
  }

  /** @param {ImageBitmap} picture */
  #paintPicture(picture) {
    const { context, canvas } = this;
    const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    context.imageSmoothingEnabled = scale < 4;
    context.drawImage(picture, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
  }

  /** @param {{x: number, y: number, down: boolean}} cursor */
  #paintCursor({ x, y, down }) {
    const { context } = this;
    context.lineWidth = 4;
    context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--ink");
    context.beginPath();
    context.arc(x, y, down ? 10 : 22, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + dx * 32, y + dy * 32);
      context.lineTo(x + dx * 56, y + dy * 56);
    }
    context.stroke();
  }

  #fit() {
    const side = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    if (this.canvas.width === side) return;
    this.canvas.width = this.canvas.height = side;
    this.paint();
  }
}
