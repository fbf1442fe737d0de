/**
 * JSON Schema, as OpenAPI uses it, told as a table: name, type, meaning. References are followed.
 *
 * @typedef {Record<string, any>} Schema
 */

import { element } from "../dom.js";

/** Deeper than this a table says less than the document itself. */
const DEEPEST = 3;

/** @param {Schema} schema @param {Schema} document @returns {Schema} the schema that a reference stands for */
export function resolve(schema, document) {
  if (!schema?.$ref) return schema ?? {};
  const path = schema.$ref.replace(/^#\//, "").split("/");
  return path.reduce((/** @type {any} */ place, /** @type {string} */ key) => place?.[key], document) ?? {};
}

/** @param {Schema} schema @param {Schema} document @returns {string} a type in words */
export function typeOf(schema, document) {
  const plain = resolve(schema, document);
  if (plain.enum) return plain.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(" | ");
  if (plain.const !== undefined) return JSON.stringify(plain.const);
  const several = plain.anyOf ?? plain.oneOf;
  if (several) return several.map((/** @type {Schema} */ one) => typeOf(one, document)).join(" or ");
  if (plain.allOf?.length === 1) return typeOf(plain.allOf[0], document);
  if (plain.type === "array") return `list of ${plain.items ? typeOf(plain.items, document) : "anything"}`;
  if (plain.format === "binary" || plain.contentMediaType) return "file";
  const bounds = [plain.minimum ?? plain.exclusiveMinimum, plain.maximum ?? plain.exclusiveMaximum];
  const range = bounds.every((bound) => bound !== undefined) ? ` ${bounds[0]} to ${bounds[1]}` : "";
  return `${plain.type ?? "anything"}${range}`;
}

/** The fields of an object, nested ones with dots. @param {Schema} schema @param {Schema} document @param {string} name says whose they are @returns {HTMLElement|null} */
export function fieldTable(schema, document, name) {
  const rows = fields(schema, document).map(({ name: field, type, meaning, required }) =>
    element("tr", {}, element("th", { scope: "row" }, element("code", {}, field), required ? "" : element("span", { class: "label" }, " optional")), element("td", {}, type), element("td", {}, ...inline(meaning))),
  );
  if (rows.length === 0) return null;
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, element("table", {}, element("tbody", {}, ...rows)));
}

/**
 * @param {Schema} schema
 * @param {Schema} document
 * @param {{prefix?: string, depth?: number}} [place]
 * @returns {{name: string, type: string, meaning: string, required: boolean}[]}
 */
function fields(schema, document, { prefix = "", depth = 0 } = {}) {
  const plain = resolve(schema, document);
  return Object.entries(plain.properties ?? {}).flatMap(([name, value]) => {
    const inner = resolve(/** @type {Schema} */ (value), document);
    const row = {
      name: prefix + name,
      type: typeOf(inner, document),
      meaning: /** @type {Schema} */ (value).description ?? inner.description ?? "",
      required: plain.required?.includes(name) ?? false,
    };
    const item = inner.type === "array" ? resolve(inner.items, document) : inner;
    if (depth + 1 >= DEEPEST || !item.properties) return [row];
    const below = `${prefix}${name}${inner.type === "array" ? "[]" : ""}.`;
    return [row, ...fields(item, document, { prefix: below, depth: depth + 1 })];
  });
}

/** Text in which `code` is set as code. @param {string} text */
export function inline(text) {
  return text.split("`").map((piece, index) => (index % 2 === 1 ? element("code", {}, piece) : piece));
}
