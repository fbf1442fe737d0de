/**
 * Strokes as ink: on the paper of the page, and as the picture that is sent.
 *
 * A stroke runs smoothly through the midpoints of its points (quadratic curves, the points are the controls), each
 * piece as wide as the pen was pressed there.
 *
 * @import { Stroke, Point } from "./drawing.js"
 */

import { PAPER_UNITS } from "./drawing.js";

/** Pixels along one side of the picture that is sent: enough for the finest pen, and quick to encode (about 1 ms). */
const PICTURE_SIDE = 256;

/**
 * Paint one stroke, or the end of one that has grown.
 *
 * @param {CanvasRenderingContext2D} context scaled so that the paper is 1000 units wide
 * @param {Stroke} stroke
 * @param {number} [from] index of the first point that is new
 */
export function paintStroke(context, { width, points }, from = 0) {
  context.lineCap = "round";
  context.lineJoin = "round";
  if (points.length === 1) return dot(context, points[0], width);
  for (let index = Math.max(1, from); index < points.length; index += 1) {
    const [before, here] = [points[index - 1], points[index]];
    const start = index === 1 ? before : between(points[index - 2], before);
    const end = index === points.length - 1 ? here : between(before, here);
    context.lineWidth = width * share(before[2], here[2]);
    context.beginPath();
    context.moveTo(start[0], start[1]);
    context.quadraticCurveTo(before[0], before[1], end[0], end[1]);
    context.stroke();
  }
}

/**
 * The drawing as a PNG: black ink on white paper, whatever the colours of the page.
 *
 * @param {Stroke[]} strokes
 * @returns {Promise<Blob>}
 */
export function pictureOf(strokes) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PICTURE_SIDE;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, PICTURE_SIDE, PICTURE_SIDE);
  context.scale(PICTURE_SIDE / PAPER_UNITS, PICTURE_SIDE / PAPER_UNITS);
  context.strokeStyle = context.fillStyle = "#000";
  for (const stroke of strokes) paintStroke(context, stroke);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("this browser made no PNG of the drawing"))));
  });
}

/** @param {CanvasRenderingContext2D} context @param {Point} point @param {number} width */
function dot(context, [x, y, pressure], width) {
  context.beginPath();
  context.arc(x, y, (width * share(pressure, pressure)) / 2, 0, 2 * Math.PI);
  context.fill();
}

/** @param {Point} a @param {Point} b */
const between = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** 1 at the middle pressure; a light hand leaves half, a heavy one half again. @param {number} a @param {number} b */
const share = (a, b) => 0.5 + (a + b) / 2;
