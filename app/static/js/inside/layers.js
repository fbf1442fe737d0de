/**
 * The layers of the first network as rows of maps, each with a sentence about what happens there.
 *
 * @typedef {{name: string, kind: "convolution"|"pooling"|"dense", channels: number, height: number, width: number, strip: string}} Layer
 * @typedef {{layer: number, map: number, x: number, y: number}} Place a square of a map
 */

import { element } from "../dom.js";
import { fieldsOf } from "./fields.js";

/** Build the rows once; `paintLayers` fills them. @param {HTMLElement} place @param {Layer[]} layers @param {number} first side of the first filters @param {(place: Place) => void} look */
export function buildLayers(place, layers, first, look) {
  const fields = fieldsOf(layers, first);
  place.replaceChildren(...layers.map((layer, index) => {
    const { title, words } = tell(layers, index, fields[index].size);
    const list = buildMaps(layer, index, look);
    const heading = element("h2", { id: `layer-${index}` }, title);
    list.setAttribute("aria-labelledby", heading.id);
    const about = element("div", { class: "layer-words" }, heading, ...words.map(paragraph));
    return element("section", { class: "layer" }, about, list);
  }));
}

/** @param {HTMLElement} place @param {Layer[]} layers */
export async function paintLayers(place, layers) {
  const strips = await Promise.all(layers.map(({ strip }) => decoded(strip)));
  [...place.querySelectorAll("[role=listbox]")].forEach((list, index) => {
    const { width, height } = layers[index];
    [...list.querySelectorAll("canvas")].forEach((canvas, map) => {
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      context.drawImage(strips[index], map * width, 0, width, height, 0, 0, width, height);
    });
  });
}

/** @param {string} source a data URL @returns {Promise<HTMLImageElement>} */
async function decoded(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

/** @param {Layer} layer @param {number} index @param {(place: Place) => void} look */
function buildMaps({ channels, width, height }, index, look) {
  const maps = Array.from({ length: channels }, (_, map) => {
    const canvas = element("canvas", { width: String(width), height: String(height), class: "pixels" });
    return element("div", { role: "option", id: `map-${index}-${map}`, "aria-selected": "false", "aria-label": `Map ${map + 1}` }, canvas);
  });
  const list = element("div", { role: "listbox", tabindex: "0", class: "maps", "aria-orientation": "horizontal" }, ...maps);
  list.style.setProperty("--columns", String(columnsFor(channels)));
  let chosen = 0;
  const choose = (/** @type {number} */ map, x = (width - 1) >> 1, y = (height - 1) >> 1) => {
    maps[chosen].setAttribute("aria-selected", "false");
    chosen = map;
    maps[chosen].setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", maps[chosen].id);
    look({ layer: index, map, x, y });
  };
  maps.forEach((map, number) => {
    const at = (/** @type {PointerEvent} */ event) => {
      const box = map.getBoundingClientRect();
      const square = (/** @type {number} */ share, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
      choose(number, square((event.clientX - box.left) / box.width, width), square((event.clientY - box.top) / box.height, height));
    };
    map.addEventListener("pointermove", at);
    map.addEventListener("pointerdown", at);
  });
  list.addEventListener("focus", () => list.matches(":focus-visible") && choose(chosen));
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    choose((chosen + by + channels) % channels);
  });
  return list;
}

/** What a layer is called and what happens in it. @param {Layer[]} layers @param {number} index @param {number} field */
function tell(layers, index, field) {
  const { kind, channels, width } = layers[index];
  const number = layers.slice(0, index + 1).filter((layer) => layer.kind === kind).length;
  const size = `${channels} maps of ${width} × ${width}.`;
  const halves = 2 * width === (index === 0 ? 28 : layers[index - 1].width);
  if (kind === "pooling") {
    const idea = "*Pooling.* Of every two by two squares only the strongest stays. That a stroke is there matters more than where exactly, and three quarters of the work is saved.";
    return { title: `Pooling ${number}`, words: [size, number === 1 ? idea : `Again the strongest of four. A square now stands for ${field} × ${field} squares of the picture.`] };
  }
  if (number === 1) {
    return {
      title: "Convolution 1",
      words: [
        size,
        `*Local receptive fields.* A square of a map looks at ${field} × ${field} squares of the picture, and at nothing else.`,
        `*Shared weights.* All squares of one map use the same ${field * field} weights, its filter: it asks one question everywhere.`,
        ...(halves ? ["*Strides.* The filter moves by two squares at a time. That a stroke is there matters more than where exactly, and three quarters of the work is saved."] : []),
      ],
    };
  }
  const before = layers[index - 1].channels;
  return {
    title: `Convolution ${number}`,
    words: [
      size,
      `Each square looks at three by three squares of all ${before} maps before it, and through them at ${sight(field)}.`,
      ...(halves ? ["Its filters move by two squares at a time."] : []),
    ],
  };
}

/** Full rows, and smaller maps where there are many. @param {number} channels */
function columnsFor(channels) {
  const wanted = channels > 40 ? [16, 12, 10] : [8, 6, 10];
  return wanted.find((columns) => channels % columns === 0) ?? wanted[0];
}

/** @param {number} field side of the receptive field */
function sight(field) {
  if (field >= 28) return "the whole picture";
  return `${field} × ${field} of the picture${field > 20 ? ": nearly the whole digit" : ""}`;
}

/** A paragraph in which *stars* set words apart. @param {string} text */
function paragraph(text) {
  const pieces = text.split("*");
  return element("p", {}, ...pieces.map((piece, index) => (index % 2 === 1 ? element("em", {}, piece) : piece)));
}
