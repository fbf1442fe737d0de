/** Finding and making elements. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * The element of this id, which must be there and of this kind.
 *
 * @template {typeof HTMLElement} [K=typeof HTMLElement]
 * @param {string} id
 * @param {K} [kind]
 * @returns {InstanceType<K>}
 */
export function part(id, kind = /** @type {K} */ (HTMLElement)) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`the page has no ${kind.name} with the id ${id}`);
  return /** @type {InstanceType<K>} */ (found);
}

/** An element, in one line. @param {string} tag @param {Record<string, string>} [attributes] @param {...(Node|string)} children */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The same for SVG. @param {string} tag @param {Record<string, string|number>} [attributes] @param {...(Node|string)} children */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}
