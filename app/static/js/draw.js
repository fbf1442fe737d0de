/** The first page: ties the pen, the reader and the answer together. */

import { part } from "./dom.js";
import { Answer } from "./draw/answer.js";
import { Drawing } from "./draw/drawing.js";
import { drawByItself, strokesOf } from "./draw/examples.js";
import { pictureOf } from "./draw/ink.js";
import { attachIntake } from "./draw/intake.js";
import { attachKeyPen } from "./draw/keypen.js";
import { Paper } from "./draw/paper.js";
import { attachPen } from "./draw/pen.js";
import { Reader } from "./draw/reader.js";
import { fromFragment, toFragment } from "./draw/sharing.js";
import { bringFigures } from "./figures.js";
import { readPicture } from "./service.js";

/** Someone who has not drawn by then hesitates. */
const HESITATION_MILLISECONDS = 6_000;
/** A full server is said in words only if it stays full. */
const QUIET_FAILURES = 3;

const drawing = new Drawing();
const reader = new Reader((content, { signal, last }) => readPicture(content, { signal, everyMember: last }));
const answer = new Answer(part("answer"));
const paper = new Paper(part("canvas", HTMLCanvasElement), drawing);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const widths = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll('input[name="width"]')]);

/** @type {Blob|null} a picture from elsewhere, in place of the drawing */
let picture = null;
/** @type {AbortController|null} while an example is being drawn */
let showing = null;
let exampleShown = false;
let liftedAt = 0;
let hesitation = setTimeout(() => document.hasFocus() && showExample(), HESITATION_MILLISECONDS);

/* -- From the hand to the answer ----------------------------------------------------------------------------------- */

function read({ last = false } = {}) {
  if (picture) {
    const content = picture;
    answer.wait();
    reader.ask(async () => content, { last: true });
  } else if (drawing.empty) {
    reader.forget();
    answer.clear();
  } else {
    answer.wait();
    reader.ask(() => pictureOf(drawing.visible), { last });
  }
}

drawing.addEventListener("grow", () => read());
drawing.addEventListener("change", () => {
  liftedAt = performance.now();
  read({ last: true });
  refresh();
});

reader.addEventListener("answer", (event) => {
  const { answer: prediction, milliseconds, last } = /** @type {CustomEvent} */ (event).detail;
  answer.show(prediction, { milliseconds, last });
  if (last && liftedAt) performance.measure("pen-lift-to-answer", { start: liftedAt, end: performance.now() });
  liftedAt = 0;
});

reader.addEventListener("trouble", (event) => {
  const { kind, message, failures } = /** @type {CustomEvent} */ (event).detail;
  if (kind === "offline") answer.trouble(`${message} Your drawing is kept, and is read as soon as the service is back.`);
  else if (kind !== "busy") answer.trouble(message);
  else if (failures >= QUIET_FAILURES) answer.trouble("The service is busy. Your drawing waits for its turn.");
});

addEventListener("online", () => reader.hurry());

/* -- Tools --------------------------------------------------------------------------------------------------------- */

const width = () => Number(widths.find((input) => input.checked)?.value);

/** @param {number} step */
function changeWidth(step) {
  const at = widths.findIndex((input) => input.checked) + step;
  if (widths[at]) widths[at].checked = true;
}

/** The visitor takes over: no example, no picture. */
function takeOver() {
  clearTimeout(hesitation);
  showing?.abort();
  showing = null;
  setPicture(null, null);
  if (exampleShown) drawing.clear();
  exampleShown = false;
}

function clear() {
  takeOver();
  drawing.clear();
}

async function showExample() {
  clear();
  const digit = Math.floor(Math.random() * 10);
  exampleShown = true;
  if (still.matches) return drawing.replace(strokesOf(digit));
  showing = new AbortController();
  await drawByItself(drawing, digit, showing.signal);
}

function refresh() {
  part("paper").toggleAttribute("data-used", picture !== null || !drawing.empty);
  part("undo", HTMLButtonElement).disabled = !drawing.undoable;
  part("redo", HTMLButtonElement).disabled = !drawing.redoable;
  part("clear", HTMLButtonElement).disabled = drawing.empty && picture === null;
  part("share", HTMLButtonElement).disabled = drawing.empty || picture !== null;
  const here = drawing.strokes.length > 0 && picture === null;
  part("inside", HTMLAnchorElement).href = here ? `/inside#${toFragment(drawing.strokes)}` : "/inside";
  part("shared").textContent = "";
}

/** @param {Blob|null} content @param {ImageBitmap|null} bitmap */
function setPicture(content, bitmap) {
  if (picture === content) return;
  picture = content;
  paper.lay(bitmap);
}

/** @param {Blob} content */
async function takePicture(content) {
  clear();
  setPicture(content, await createImageBitmap(content).catch(() => null));
  liftedAt = performance.now();
  read();
  refresh();
}

async function share() {
  history.replaceState(null, "", `#${toFragment(drawing.strokes)}`);
  const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  part("shared").textContent = copied ? "Copied." : "The link is in the address bar.";
}

function openShared() {
  try {
    const strokes = fromFragment(location.hash);
    if (!strokes) return;
    takeOver();
    drawing.replace(strokes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    answer.trouble(error.message);
  }
}

/* -- Everything that can be touched -------------------------------------------------------------------------------- */

attachPen(paper, drawing, { width, before: takeOver });
attachKeyPen(paper, drawing, { width, before: takeOver });
attachIntake({ form: part("open", HTMLFormElement), camera: part("camera", HTMLInputElement), target: part("paper") }, takePicture);

part("undo").addEventListener("click", () => drawing.undo());
part("redo").addEventListener("click", () => drawing.redo());
part("clear").addEventListener("click", clear);
part("share").addEventListener("click", share);
part("example").addEventListener("click", showExample);
addEventListener("hashchange", openShared);
for (const sign of ["pointerdown", "keydown", "dragenter", "drop", "paste", "change"]) {
  addEventListener(sign, () => clearTimeout(hesitation), { once: true, capture: true });
}

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) drawing.undo();
  else if (key === "y" || key === "z") drawing.redo();
  else return;
  event.preventDefault();
});

// Single keys work on the paper only: elsewhere they belong to the browser and to assistive technology.
paper.canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Delete" || event.key === "Backspace") clear();
  else if (event.key === "[") changeWidth(-1);
  else if (event.key === "]") changeWidth(1);
  else if (event.key.toLowerCase() === "e") void showExample();
});

void bringFigures();
openShared();
refresh();
performance.mark("interactive");
