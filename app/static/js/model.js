/** The model card, told to a reader: numbers from /v1/model, sentences from here. */

import { strokesOf } from "./draw/examples.js";
import { pictureOf } from "./draw/ink.js";
import { element, part } from "./dom.js";
import { bringFigures, figure, grouped, inWords, percent } from "./figures.js";
import { drawFilter, strongestOf } from "./filters.js";
import { showAccuracy } from "./model/accuracy.js";
import { showCalibration } from "./model/calibration.js";
import { showCurves, validated } from "./model/curves.js";
import { showParticulars } from "./model/particulars.js";
import { explainPicture, getJson, ServiceError } from "./service.js";

/** @param {string} id @param {string} words */
const write = (id, words) => {
  part(id).textContent = words;
};

/** @param {number} share */
const hundredths = (share) => percent(share, 2);

/** @param {any} card what /v1/model answers */
function showAccuracyWords({ evaluation, members }) {
  const { ensemble } = evaluation;
  const best = Math.max(...evaluation.members.map((/** @type {{correct: number}} */ member) => member.correct));
  setNumber(part("correct"), ensemble.correct);
  write("of", `of ${grouped(evaluation.size)} right`);
  write("interval", `That is ${hundredths(ensemble.accuracy)}; on other digits of the same kind, between ${hundredths(ensemble.interval[0])} and ${hundredths(ensemble.interval[1])}.`);
  write("members-words", `${capital(inWords(members.length))} networks look at each picture, and their probabilities are averaged. The best of them alone gets ${grouped(best)} right, all together ${grouped(ensemble.correct)}${ensemble.correct > best ? ": they err on different digits" : ""}.`);
}

/** A number in our own figures. @param {HTMLElement} place @param {number} value */
function setNumber(place, value) {
  const signs = [...grouped(value)].map((sign) => (sign === "," ? element("span", { class: "comma", "aria-hidden": "true" }, ",") : figure(Number(sign))));
  place.replaceChildren(...signs, element("span", { class: "unseen" }, grouped(value)));
}

/** @param {any} card */
function showRecipe(card) {
  const hours = card.wall_seconds / 3600;
  const time = hours >= 1.5 ? `${hours.toFixed(1)} hours` : `${Math.max(1, Math.round(card.wall_seconds / 60))} minutes`;
  write("recipe-words", `${capital(inWords(card.members.length))} small convolutional networks, ${grouped(card.parameters)} learned numbers in all. They saw the digits of MNIST again and again, never twice alike: each time turned, shifted, stretched and bent a little, as hands do. Trained on: ${card.trained_on.replace(/\.$/, "")}. That took ${time} on ${device(card.device)}. Every choice was made on validation digits; the test digits were looked at once, at the end.`);
  showParticulars(part("recipe"), card.recipe);
}

/** @param {string} name */
const device = (name) => (/^cpu/i.test(name) ? "a processor without a graphics card" : name);

/** @param {any} evaluation */
function showTrust({ calibration, verdicts, cascade, size }) {
  write("calibration-words", `When it says 90 %, it should be right nine times in ten. On average it misses that by ${percent(calibration.expected_calibration_error, 2)} (expected calibration error, 15 bins; negative log-likelihood ${calibration.negative_log_likelihood.toFixed(4)}, Brier score ${calibration.brier_score.toFixed(4)}).`);
  showCalibration(part("calibration"), calibration.bins);
  write("verdicts-words", `It answers ${percent(verdicts.digit, 1)} of the test digits without reserve, and of those answers ${hundredths(verdicts.accuracy_of_digit)} are right. It calls ${percent(verdicts.unsure, 1)} unsure, and takes ${verdicts.not_a_digit === 0 ? "none" : percent(verdicts.not_a_digit, 1)} for no digit at all. An empty page gets no digit.`);
  write("cascade-words", `The first network answers alone when it is sure enough, which is ${percent(cascade.answered_by_one, 0)} of the time; the others are asked for the rest. That changes ${cascade.differing === 0 ? "none" : cascade.differing} of ${grouped(size)} answers, and makes it fast.`);
}

/** @param {any[][]} curves */
function showLearning(curves) {
  if (curves.length === 0 || curves[0].length === 0) return part("curves").closest("section")?.remove();
  const epochs = Math.max(...curves.map((points) => points.length));
  write("curves-words", `An epoch is one walk through all training digits. Each line is one network over up to ${epochs} of them.`);
  write("curves-caption", validated(curves) ? "Errors on the validation digits; the scale is logarithmic." : "Training loss: all digits were trained on, so none were left to validate by. The scale is logarithmic.");
  showCurves(part("curves"), curves);
}

/** The filters come from the serving network itself, asked with an example. */
async function showFilters() {
  try {
    const { filters } = await explainPicture(await pictureOf(strokesOf(3)));
    const plain = filters.map((/** @type {any} */ filter) => (Array.isArray(filter[0][0]) ? filter[0] : filter));
    const strongest = strongestOf(plain);
    part("filters").replaceChildren(...plain.map((/** @type {number[][]} */ filter, /** @type {number} */ index) => drawFilter(filter, strongest, `Filter ${index + 1}`)));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    part("filters").closest("section")?.remove();
  }
}

/** @param {any} card */
function showRest(card) {
  part("limits").replaceChildren(...card.limits.map((/** @type {string} */ limit) => element("li", {}, limit)));
  showParticulars(part("particulars"), {
    name: card.name,
    version: card.version,
    engine: card.engine,
    networks: card.members.length,
    "learned numbers": grouped(card.parameters),
    "multiplications for a picture, all networks asked": grouped(card.multiply_adds),
    temperature: card.temperature,
    "trained on": card.trained_on,
    device: card.device,
    commit: card.commit,
    versions: card.versions,
  });
}

/** @param {string} words */
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

async function show() {
  try {
    const card = await getJson("/v1/model");
    showAccuracyWords(card);
    showAccuracy(part("accuracy"), card.evaluation.members, card.evaluation.ensemble);
    showRecipe(card);
    showTrust(card.evaluation);
    showLearning(card.evaluation.curves);
    showRest(card);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    part("trouble").hidden = false;
    write("trouble", `${error.message} Load the page again to see the card.`);
  }
}

void bringFigures();
void show();
void showFilters();
