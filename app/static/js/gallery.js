/** The gallery: filters, matrix, sheet, detail and quiz, kept in step. The filters stand in the address, so that it can be shared. */

import { element, part } from "./dom.js";
import { bringFigures, grouped } from "./figures.js";
import { markConfusion, showConfusion } from "./gallery/confusion.js";
import { Detail } from "./gallery/detail.js";
import { Quiz } from "./gallery/quiz.js";
import { showSheet } from "./gallery/sheet.js";
import { getJson, ServiceError } from "./service.js";

/** @import { GalleryItem } from "./gallery/sheet.js" */

/** The way of each order that puts the interesting ones first. */
const WAYS = { index: "ascending", confidence: "descending", agreement: "ascending" };
/** More than any honest model gets wrong, and the most the service gives at once. */
const LIMIT = 500;

const filters = part("filters", HTMLFormElement);
const detail = new Detail(part("detail", HTMLDialogElement));
const quiz = new Quiz(part("quiz", HTMLDialogElement));
/** @type {GalleryItem[]} */ let shown = [];
/** @type {AbortController|null} the newest request: an older one's reply is not shown */
let loading = null;

function choices() {
  const { label, predicted, sort } = Object.fromEntries(new FormData(filters));
  return { label: String(label), predicted: String(predicted), sort: /** @type {keyof typeof WAYS} */ (String(sort)) };
}

/** @param {{label: string, predicted: string, sort: keyof typeof WAYS}} choice */
function queryOf({ label, predicted, sort }) {
  const query = new URLSearchParams();
  if (label) query.set("label", label);
  if (predicted) query.set("predicted", predicted);
  if (sort !== "index") query.set("sort", sort);
  return query;
}

async function load() {
  const choice = choices();
  const query = queryOf(choice);
  history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
  markConfusion(part("matrix"), choice);
  query.set("sort", choice.sort);
  query.set("order", WAYS[choice.sort]);
  query.set("limit", String(LIMIT));
  loading?.abort();
  const mine = (loading = new AbortController());
  await guarded(async () => {
    const answer = await getJson(`/v1/gallery?${query}`, { signal: mine.signal });
    if (!mine.signal.aborted) show(answer);
  });
}

/** @param {{test_size: number, errors: number, total: number, items: GalleryItem[], pictures_remedy: string|null}} answer */
function show(answer) {
  shown = answer.items;
  showSheet(part("sheet"), shown, (place) => detail.open(shown, place));
  part("summary").textContent =
    `Of ${grouped(answer.test_size)} digits in the test set the ensemble misreads ${answer.errors}. Here is every one.`;
  part("count").textContent = answer.total === answer.errors ? `All ${answer.errors}` : `${answer.total} of ${answer.errors}`;
  const pictured = answer.pictures_remedy === null;
  part("start-quiz", HTMLButtonElement).disabled = !pictured || shown.length === 0;
  part("sheet-picture").hidden = !pictured;
  sayTrouble(pictured ? "" : `Everything is here but the pictures: ${answer.pictures_remedy}`);
}

/** @param {string} words */
function sayTrouble(words) {
  part("trouble").hidden = words === "";
  part("trouble").textContent = words;
}

/** @param {() => Promise<void>} work */
async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof ServiceError) sayTrouble(`${error.message} Load the page again to see the gallery.`);
    else if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

/** @param {number|string} label @param {number|string} predicted */
function choose(label, predicted) {
  const same = choices().label === String(label) && choices().predicted === String(predicted);
  part("label", HTMLSelectElement).value = same ? "" : String(label);
  part("predicted", HTMLSelectElement).value = same ? "" : String(predicted);
  void load();
}

function prepareFilters() {
  for (const name of ["label", "predicted"]) {
    part(name).append(...Array.from({ length: 10 }, (_, digit) => element("option", { value: String(digit) }, String(digit))));
  }
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = filters.elements.namedItem(name);
    if (field instanceof HTMLSelectElement && [...field.options].some((option) => option.value === value)) field.value = value;
  }
  filters.addEventListener("change", load);
  filters.addEventListener("submit", (event) => event.preventDefault());
  // The fields are emptied only after all listeners of this event have run.
  filters.addEventListener("reset", () => setTimeout(load));
}

async function loadMatrix() {
  await guarded(async () => {
    const { evaluation } = await getJson("/v1/model");
    showConfusion(part("matrix"), evaluation.confusion, choose);
    markConfusion(part("matrix"), choices());
    part("matrix-note").textContent = `${grouped(evaluation.ensemble.correct)} stand on the diagonal, where they should.`;
  });
}

void bringFigures();
prepareFilters();
part("print").addEventListener("click", () => print());
part("start-quiz").addEventListener("click", () => quiz.start(shown.filter((item) => item.picture)));
void load();
void loadMatrix();
