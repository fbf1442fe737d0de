/** Names and values, as a list that can be read: nested values are flattened, names lose their underscores. */

import { element } from "../dom.js";

/** @param {HTMLElement} list a dl @param {Record<string, unknown>} values */
export function showParticulars(list, values) {
  list.replaceChildren(
    ...flat(values).map(([name, value]) => element("div", {}, element("dt", { class: "label" }, name), element("dd", {}, value))),
  );
}

/** @param {Record<string, unknown>} values @param {string} [prefix] @returns {[string, string][]} */
function flat(values, prefix = "") {
  return Object.entries(values).flatMap(([name, value]) => {
    const full = `${prefix}${name.replaceAll("_", " ")}`;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      return flat(/** @type {Record<string, unknown>} */ (value), `${full}, `);
    }
    return /** @type {[string, string][]} */ ([[full, written(value)]]);
  });
}

/** @param {unknown} value @returns {string} */
function written(value) {
  if (Array.isArray(value)) return value.map(written).join(", ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null) return "none";
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
}
