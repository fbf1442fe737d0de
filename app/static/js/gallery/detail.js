/**
 * One error, large: its picture, probabilities and votes; arrow keys lead to the next and the one before.
 *
 * @import { GalleryItem } from "./sheet.js"
 */

import { buildBars, castVotes, raiseBars } from "../evidence.js";
import { nameOf, percent } from "../figures.js";

export class Detail {
  /** @type {GalleryItem[]} */ #items = [];
  #place = 0;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    buildBars(this.#part("#detail-bars"));
    this.#part("#detail-close").addEventListener("click", () => dialog.close());
    this.#part("#previous").addEventListener("click", () => this.#step(-1));
    this.#part("#next").addEventListener("click", () => this.#step(1));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") this.#step(-1);
      else if (event.key === "ArrowRight") this.#step(1);
      else return;
      event.preventDefault();
    });
  }

  /** @param {GalleryItem[]} items as shown on the sheet @param {number} place */
  open(items, place) {
    this.#items = items;
    this.#place = place;
    this.#show();
    this.dialog.showModal();
  }

  /** @param {number} by */
  #step(by) {
    this.#place = (this.#place + by + this.#items.length) % this.#items.length;
    this.#show();
  }

  #show() {
    const item = this.#items[this.#place];
    const { label, predicted, probabilities, votes } = item;
    this.#part("#detail-title").textContent = `${nameOf(label)}, read as ${nameOf(predicted)}`;
    this.#part("#detail-pair").textContent =
      `The ensemble gave ${nameOf(predicted)} ${percent(probabilities[predicted])} and the truth, ${nameOf(label)}, ${percent(probabilities[label])}.`;
    this.#part("#detail-place").textContent = `${this.#place + 1} of ${this.#items.length} · no. ${item.index} of the test set`;
    raiseBars(this.#part("#detail-bars"), probabilities, predicted);
    castVotes(this.#part("#detail-votes"), votes, { winner: predicted, members: votes.length });
    const image = /** @type {HTMLImageElement} */ (this.#part("#detail-picture"));
    image.hidden = !item.picture;
    if (item.picture) image.src = item.picture;
    image.alt = `Test digit ${item.index}`;
  }

  /** @param {string} selector */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.dialog.querySelector(selector));
  }
}
