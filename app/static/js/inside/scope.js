/**
 * The scope beside the maps: the filter that made the chosen map, the map enlarged, and the part of the picture that one
 * of its squares looks at.
 *
 * @import { Layer, Place } from "./layers.js"
 */

import { element, part } from "../dom.js";
import { drawFilter, strongestOf } from "../filters.js";
import { fieldAt, fieldsOf } from "./fields.js";

/** @param {Place} place @param {{layers: Layer[], filters: number[][][]}} network */
export function lookThrough({ layer, map, x, y }, { layers, filters }) {
  const { kind, channels, width, height } = layers[layer];
  const field = fieldAt(fieldsOf(layers, filters[0].length)[layer], x, y);
  const mark = /** @type {SVGElement} */ (document.querySelector("#field"));
  for (const [name, value] of Object.entries(field)) mark.setAttribute(name, String(value));
  mark.setAttribute("visibility", "visible");
  enlarge({ layer, map, width, height });
  showFilter(layer === 0 ? filters[map] : null, filters);
  part("slot-words").textContent = layer === 0 ? `filter ${map + 1}` : kind === "pooling" ? "strongest of 4" : `9 × ${layers[layer - 1].channels} weights`;
  part("lens-words").textContent = `map ${map + 1} of ${channels}`;
}

/** @param {{layer: number, map: number, width: number, height: number}} from */
function enlarge({ layer, map, width, height }) {
  const source = /** @type {HTMLCanvasElement} */ (document.querySelector(`#map-${layer}-${map} canvas`));
  const lens = part("lens", HTMLCanvasElement);
  [lens.width, lens.height] = [width, height];
  lens.getContext("2d")?.drawImage(source, 0, 0);
}

/** Only the first layer's filters are pictures; deeper ones weigh many maps at once. @param {number[][]|null} filter @param {number[][][]} filters */
function showFilter(filter, filters) {
  part("slot").replaceChildren(filter ? drawFilter(filter, strongestOf(filters)) : element("span", { class: "deep" }));
}
