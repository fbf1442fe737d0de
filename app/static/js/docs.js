/** The API reference, made from the service's own OpenAPI document when the page opens: it cannot be out of date. */

import { anchorOf, showOperation } from "./docs/operation.js";
import { element, part } from "./dom.js";
import { getJson, ServiceError } from "./service.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** @param {Record<string, any>} api an OpenAPI document */
function routesOf(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ method, path, operation: item[method], document: api })),
  );
}

async function show() {
  try {
    const routes = routesOf(await getJson("/openapi.json"));
    part("contents").replaceChildren(...routes.map((route) => {
      const link = element("a", { href: `#${anchorOf(route)}` }, element("span", { class: "method" }, route.method.toUpperCase()), " ", route.path);
      return element("li", {}, link);
    }));
    part("operations").replaceChildren(...routes.map(showOperation));
    // The browser looked for the place before it was there.
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    part("trouble").hidden = false;
    part("trouble").textContent = `${error.message} Load the page again to see the reference.`;
  }
}

void show();
