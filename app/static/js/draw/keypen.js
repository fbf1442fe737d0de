/**
 * Drawing without a pointer: arrow keys move a pen, Space puts it down and lifts it.
 *
 * Space switches rather than holds, so that one finger, or one switch, is enough.
 *
 * @import { Drawing } from "./drawing.js"
 * @import { Paper } from "./paper.js"
 */

const STEP_UNITS = 25;
const SMALL_STEP_UNITS = 6;
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {Paper} paper
 * @param {Drawing} drawing
 * @param {{width: () => number, before: () => void}} options
 */
export function attachKeyPen(paper, drawing, { width, before }) {
  const { canvas } = paper;
  const pen = { x: 500, y: 250, down: false };
  /** @type {Set<string>} */ const held = new Set();

  const lift = () => {
    if (!pen.down) return;
    pen.down = false;
    drawing.finish();
  };

  const toggle = () => {
    if (pen.down) return lift();
    before();
    pen.down = true;
    drawing.start(width(), [pen.x, pen.y, 0.5]);
  };

  /** @param {number} step */
  const move = (step) => {
    for (const key of held) {
      const [dx, dy] = DIRECTIONS[/** @type {keyof typeof DIRECTIONS} */ (key)];
      pen.x = Math.min(1000, Math.max(0, pen.x + dx * step));
      pen.y = Math.min(1000, Math.max(0, pen.y + dy * step));
    }
    if (pen.down) drawing.extend([[pen.x, pen.y, 0.5]]);
  };

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in DIRECTIONS) {
      held.add(event.key);
      move(event.shiftKey ? SMALL_STEP_UNITS : STEP_UNITS);
    } else if (event.key === " ") {
      if (!event.repeat) toggle();
    } else if (event.key === "Escape") {
      lift();
    } else return;
    event.preventDefault();
    paper.point(pen);
  });

  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && paper.point(pen));
  canvas.addEventListener("pointerdown", () => {
    lift();
    paper.point(null);
  });
  canvas.addEventListener("blur", () => {
    held.clear();
    lift();
    paper.point(null);
  });
}
