/**
 * One route of the API: what to send, an example, what comes back, what can go wrong.
 *
 * @import { Schema } from "./schema.js"
 * @typedef {{method: string, path: string, operation: Schema, document: Schema}} Route
 */

import { element } from "../dom.js";
import { fieldTable, inline, resolve, typeOf } from "./schema.js";

/** @param {{method: string, path: string}} route */
export const anchorOf = ({ method, path }) => `${method}${path.replace(/[^a-z0-9]+/gi, "-")}`.replace(/-$/, "");

/** @param {Route} route */
export function showOperation({ method, path, operation, document }) {
  const id = anchorOf({ method, path });
  return element(
    "section",
    { id, class: "operation", "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, element("span", { class: "method" }, method.toUpperCase()), " ", element("code", {}, path)),
    element("p", { class: "lede" }, operation.summary ?? ""),
    ...paragraphs(operation.description),
    ...parameters({ method, path, operation, document }),
    ...body({ method, path, operation, document }),
    ...answers({ method, path, operation, document }),
  );
}

/** @param {string} [text] */
const paragraphs = (text = "") => text.split(/\n\s*\n/).filter(Boolean).map((piece) => element("p", {}, ...inline(piece)));

/** @param {Route} route */
function parameters({ method, path, operation, document }) {
  const list = (operation.parameters ?? []).map((/** @type {Schema} */ one) => resolve(one, document));
  if (list.length === 0) return [];
  const properties = Object.fromEntries(list.map((/** @type {Schema} */ one) => [one.name, { ...resolve(one.schema, document), description: one.description ?? one.schema?.description }]));
  const required = list.filter((/** @type {Schema} */ one) => one.required).map((/** @type {Schema} */ one) => one.name);
  return section("Parameters", fieldTable({ properties, required }, document, `Parameters of ${method} ${path}`));
}

/** @param {Route} route */
function body({ method, path, operation, document }) {
  const content = Object.entries(resolve(operation.requestBody, document).content ?? {});
  if (content.length === 0) return method === "get" ? section("Try it", command([`curl '${location.origin}${path.replace(/\{[^}]+\}/g, "247")}'`])) : [];
  const kinds = content.map(([type, { schema }]) => element("li", {}, element("code", {}, type), fieldsOf(schema, document)));
  const curls = content.map(([type]) => curlFor(type, path)).filter((line) => line !== "");
  return [...section("Body, one of", element("ul", { class: "kinds" }, ...kinds)), ...section("For example", command([...new Set(curls)]))];
}

/** @param {Schema} schema @param {Schema} document */
function fieldsOf(schema, document) {
  const names = Object.entries(resolve(schema, document).properties ?? {});
  if (names.length === 0) return "";
  return element("span", {}, ": ", ...names.flatMap(([name, value], index) => [index > 0 ? ", " : "", element("code", {}, name), ` (${typeOf(/** @type {Schema} */ (value), document)})`]));
}

/** @param {string} type @param {string} path */
function curlFor(type, path) {
  const url = `${location.origin}${path}`;
  if (type === "image/png") return `curl -H 'Content-Type: image/png' --data-binary @seven.png ${url}`;
  if (type === "multipart/form-data") return path.endsWith("batch") ? `curl -F pictures=@seven.png -F pictures=@nine.png ${url}` : `curl -F picture=@seven.png ${url}`;
  return "";
}

/** @param {Route} route */
function answers({ method, path, operation, document }) {
  const all = Object.entries(operation.responses ?? {}).map(([status, response]) => ({ status, response: resolve(/** @type {Schema} */ (response), document) }));
  const good = all.filter(({ status }) => status.startsWith("2"));
  const bad = all.filter(({ status }) => !status.startsWith("2"));
  const told = good.flatMap(({ response }) => answer(response, document, `Answer of ${method} ${path}`));
  const rows = bad.map(({ status, response }) => element("li", {}, element("b", {}, status), " ", ...inline(response.description ?? "")));
  return [...told, ...(rows.length > 0 ? section("Problems", element("ul", { class: "problems" }, ...rows)) : [])];
}

/** @param {Schema} response @param {Schema} document @param {string} name */
function answer(response, document, name) {
  const [type, media] = Object.entries(response.content ?? {})[0] ?? [];
  if (!type) return [];
  const schema = /** @type {Schema} */ (media).schema ?? {};
  const example = /** @type {Schema} */ (media).example ?? resolve(schema, document).example;
  const shown = example ? element("details", {}, element("summary", {}, "An answer"), code(JSON.stringify(example, null, 2))) : null;
  return section(`Answer, ${type}`, fieldTable(schema, document, name), shown);
}

/** @param {string} title @param {...(HTMLElement|null)} content */
const section = (title, ...content) => (content.some(Boolean) ? [element("h3", {}, title), ...content.filter((piece) => piece !== null)] : []);

/** @param {string[]} lines */
const command = (lines) => code(lines.join("\n"));

/** Wide lines scroll, so the keyboard must be able to get there. @param {string} text */
const code = (text) => element("pre", { tabindex: "0" }, element("code", {}, text));
