/** The way of a drawing through the first network: draws, asks for the maps, shows them. */

import { Drawing } from "./draw/drawing.js";
import { strokesOf } from "./draw/examples.js";
import { pictureOf } from "./draw/ink.js";
import { attachKeyPen } from "./draw/keypen.js";
import { Pace } from "./draw/pace.js";
import { Paper } from "./draw/paper.js";
import { attachPen } from "./draw/pen.js";
import { Reader } from "./draw/reader.js";
import { fromFragment, toFragment } from "./draw/sharing.js";
import { buildBars, raiseBars } from "./evidence.js";
import { element, part } from "./dom.js";
import { bringFigures, figure, nameOf } from "./figures.js";
import { buildLayers, paintLayers } from "./inside/layers.js";
import { lookThrough } from "./inside/scope.js";
import { explainPicture } from "./service.js";

/** @import { Layer, Place } from "./inside/layers.js" */

const PEN_UNITS = 60;
const FIRST_EXAMPLE = 5;
/** An explanation carries all maps, so it is asked for less often than a prediction. */
const PACE = new Pace({ most: 6, apartMilliseconds: 250 });

const drawing = new Drawing();
const paper = new Paper(part("canvas", HTMLCanvasElement), drawing);
const reader = new Reader((picture, { signal }) => explainPicture(picture, { signal }), PACE);
/** @type {{layers: Layer[], filters: number[][][]}|null} the newest answer */
let network = null;
/** @type {Place} what is under the scope */
let place = { layer: 0, map: 0, x: 0, y: 0 };
let exampleShown = true;

/** @param {Place} chosen */
function look(chosen) {
  place = chosen;
  if (network) lookThrough(place, network);
}

/** @param {{prediction: import("./service.js").Prediction, layers: Layer[], filters: number[][][], image: string}} answer */
async function show({ prediction, layers, filters, image }) {
  const maps = layers.filter(({ kind }) => kind !== "dense");
  const weights = filters.map(flat);
  if (!network) buildLayers(part("layers"), maps, weights[0].length, look);
  if (!network) place = { layer: 0, map: 0, x: maps[0].width >> 1, y: maps[0].height >> 1 };
  network = { layers: maps, filters: weights };
  await paintLayers(part("layers"), maps);
  part("seen", HTMLImageElement).src = image;
  raiseBars(part("bars"), prediction.probabilities, prediction.digit);
  lookThrough(place, network);
}

/** Rows of weights, also where they come with their one input channel. @param {any} filter @returns {number[][]} */
const flat = (filter) => (Array.isArray(filter[0][0]) ? filter[0] : filter);

/** @param {string} words */
function sayTrouble(words) {
  part("trouble").hidden = words === "";
  part("trouble").textContent = words;
}

reader.addEventListener("answer", (event) => {
  const { answer, last } = /** @type {CustomEvent} */ (event).detail;
  sayTrouble("");
  void show(answer);
  if (last) part("announcement").textContent = answer.prediction.digit === null ? "No digit" : `Read as ${nameOf(answer.prediction.digit)}`;
});

reader.addEventListener("trouble", (event) => {
  const { kind, message, failures } = /** @type {CustomEvent} */ (event).detail;
  if (kind === "offline") sayTrouble(`${message} Your drawing is kept, and goes in as soon as the service is back.`);
  else if (kind !== "busy" || failures > 2) sayTrouble(message);
});
addEventListener("online", () => reader.hurry());

const ask = (last = false) => (drawing.empty ? reader.forget() : reader.ask(() => pictureOf(drawing.visible), { last }));

drawing.addEventListener("grow", () => ask());
drawing.addEventListener("change", () => {
  ask(true);
  part("back", HTMLAnchorElement).href = drawing.empty ? "/" : `/#${toFragment(drawing.strokes)}`;
});

const pen = {
  width: () => PEN_UNITS,
  before: () => {
    if (exampleShown) drawing.clear();
    exampleShown = false;
  },
};

/** @param {number} digit */
function showExample(digit) {
  exampleShown = true;
  drawing.replace(strokesOf(digit));
}

function openShared() {
  try {
    const strokes = fromFragment(location.hash);
    if (!strokes) return showExample(FIRST_EXAMPLE);
    exampleShown = false;
    drawing.replace(strokes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    sayTrouble(error.message);
  }
}

function buildExamples() {
  const buttons = Array.from({ length: 10 }, (_, digit) => {
    const button = element("button", { type: "button", "aria-label": `Example ${digit}` }, figure(digit, "small"));
    button.addEventListener("click", () => showExample(digit));
    return button;
  });
  part("examples").replaceChildren(...buttons);
}

void bringFigures();
attachPen(paper, drawing, pen);
attachKeyPen(paper, drawing, pen);
part("clear").addEventListener("click", () => drawing.clear());
paper.canvas.addEventListener("keydown", (event) => event.key === "Delete" && drawing.clear());
addEventListener("hashchange", openShared);
buildBars(part("bars"));
buildExamples();
openShared();
