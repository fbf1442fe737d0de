/**
 * Mouse, finger and stylus on the paper: pointer events become strokes.
 *
 * @import { Drawing, Point } from "./drawing.js"
 * @import { Paper } from "./paper.js"
 */

/** What stands for "pressed as usual" where nothing measures it. */
const USUAL_PRESSURE = 0.5;

/**
 * @param {Paper} paper
 * @param {Drawing} drawing
 * @param {{width: () => number, before: () => void}} options before is called when a stroke is about to begin
 */
export function attachPen(paper, drawing, { width, before }) {
  const { canvas } = paper;
  /** @type {number|null} one pointer draws at a time: a resting palm is not a second pen */
  let drawingPointer = null;

  /** @param {PointerEvent} event @returns {Point} */
  const pointOf = (event) => [...paper.unitsOf(event), event.pointerType === "pen" ? event.pressure : USUAL_PRESSURE];

  canvas.addEventListener("pointerdown", (event) => {
    if (drawingPointer !== null || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    drawingPointer = event.pointerId;
    before();
    drawing.start(width(), pointOf(event));
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawingPointer) return;
    // A fast hand moves further between two frames than one event tells.
    const all = event.getCoalescedEvents?.() ?? [];
    drawing.extend((all.length > 0 ? all : [event]).map(pointOf));
  });

  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (/** @type {PointerEvent} */ (event).pointerId !== drawingPointer) return;
      drawingPointer = null;
      drawing.finish();
    });
  }
}
