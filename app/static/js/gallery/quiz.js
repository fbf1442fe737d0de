/**
 * What would you have said? Shows the errors in random order without their labels, and keeps the score.
 *
 * @import { GalleryItem } from "./sheet.js"
 */

import { element } from "../dom.js";
import { figure, inWords, nameOf, percent } from "../figures.js";

export class Quiz {
  /** @type {GalleryItem[]} */ #queue = [];
  #asked = 0;
  #right = 0;
  #agreed = 0;
  #open = true;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    const choices = Array.from({ length: 10 }, (_, digit) => {
      const choice = element("button", { type: "button", "aria-label": String(digit) }, figure(digit, "small"));
      choice.addEventListener("click", () => this.#answer(digit));
      return choice;
    });
    this.#part("#choices").replaceChildren(...choices);
    this.#part("#quiz-next").addEventListener("click", () => this.#ask());
    this.#part("#quiz-close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (/^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) this.#answer(Number(event.key));
      else if (event.key === "ArrowRight" && !this.#open) this.#ask();
    });
  }

  /** @param {GalleryItem[]} items all with pictures */
  start(items) {
    this.#queue = shuffled(items);
    this.#asked = this.#right = this.#agreed = 0;
    this.#ask();
    this.dialog.showModal();
  }

  #ask() {
    this.#queue.push(/** @type {GalleryItem} */ (this.#queue.shift()));
    const image = /** @type {HTMLImageElement} */ (this.dialog.querySelector("#quiz-picture"));
    image.src = /** @type {string} */ (this.#current.picture);
    this.#open = true;
    this.#part("#quiz-verdict").textContent = "Press a digit, here or on the keyboard.";
    this.#refresh();
  }

  /** The one being asked has gone to the end of the queue. */
  get #current() {
    return this.#queue[this.#queue.length - 1];
  }

  /** @param {number} digit */
  #answer(digit) {
    if (!this.#open) return;
    const { label, predicted, probabilities } = this.#current;
    this.#open = false;
    this.#asked += 1;
    this.#right += Number(digit === label);
    this.#agreed += Number(digit === predicted);
    const yours = digit === label ? "You are right" : digit === predicted ? "So said the ensemble" : `Not ${nameOf(digit)}`;
    this.#part("#quiz-verdict").textContent =
      `${yours}: the label says ${nameOf(label)}. The ensemble said ${nameOf(predicted)}, ${percent(probabilities[predicted], 0)} sure.`;
    this.#refresh(digit);
    this.#part("#quiz-next").focus();
  }

  /** @param {number} [chosen] */
  #refresh(chosen) {
    const { label } = this.#current;
    [...this.#part("#choices").children].forEach((choice, digit) => {
      /** @type {HTMLButtonElement} */ (choice).disabled = !this.#open;
      choice.toggleAttribute("data-true", !this.#open && digit === label);
      choice.toggleAttribute("data-chosen", digit === chosen);
    });
    /** @type {HTMLButtonElement} */ (this.#part("#quiz-next")).disabled = this.#open;
    this.#part("#score").textContent =
      this.#asked === 0 ? "" : `You ${this.#right} of ${this.#asked}, the ensemble 0. ${companyInWords(this.#agreed)}`;
  }

  /** @param {string} selector */
  #part(selector) {
    return /** @type {HTMLButtonElement} */ (this.dialog.querySelector(selector));
  }
}

/** How often both erred alike. @param {number} count */
function companyInWords(count) {
  if (count === 0) return "You never erred with it.";
  const times = count === 1 ? "once" : count === 2 ? "twice" : `${inWords(count)} times`;
  return `You erred with it ${times}.`;
}

/** Fisher and Yates (1938), in Durstenfeld's form. @template T @param {T[]} items @returns {T[]} */
function shuffled(items) {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
  }
  return mixed;
}
