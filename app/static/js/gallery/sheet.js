/**
 * The sheet of errors, set as in the book: the picture, the true digit top right, the answer bottom right.
 *
 * Source: M. Nielsen, Neural Networks and Deep Learning (2015), chapter 6, the figure of the 33 errors.
 *
 * @typedef {{index: number, label: number, predicted: number, probabilities: number[], votes: number[],
 *   probability: number, agreement: number, picture: string|null}} GalleryItem picture null where MNIST is not at hand
 */

import { element } from "../dom.js";
import { figure } from "../figures.js";

/** @param {HTMLElement} list @param {GalleryItem[]} items @param {(place: number) => void} open */
export function showSheet(list, items, open) {
  list.replaceChildren(...items.map((item, place) => {
    const tile = element(
      "button",
      { type: "button", class: "tile", "aria-label": `Test digit ${item.index}: a ${item.label}, read as ${item.predicted}` },
      pictureOf(item),
      figure(item.label, "small true"),
      figure(item.predicted, "small read"),
    );
    tile.addEventListener("click", () => open(place));
    return element("li", {}, tile);
  }));
}

/** @param {GalleryItem} item */
function pictureOf(item) {
  if (!item.picture) return element("span", { class: "absent label" }, `no. ${item.index}`);
  const image = element("img", { src: item.picture, alt: "", width: "84", height: "84", class: "pixels" });
  image.setAttribute("loading", "lazy");
  return image;
}
