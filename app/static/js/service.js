/**
 * The service's public HTTP API, as the pages use it.
 *
 * Whatever goes wrong becomes a ServiceError with a sentence for people; who calls decides whether to try again.
 *
 * @typedef {object} Prediction
 * @property {number|null} digit
 * @property {"digit"|"unsure"|"blank"|"not_a_digit"} verdict
 * @property {string} reason
 * @property {number} probability
 * @property {number[]} probabilities
 * @property {number[]} votes
 * @property {number} agreement
 * @property {number} members_consulted
 * @property {string} [image] the 28 x 28 picture that the networks saw, a data URL
 */

/** A reply later than this will not come: the server's own deadline is 10 s. */
const PATIENCE_MILLISECONDS = 12_000;

const UNREACHABLE = "The service does not answer.";
const UNREADABLE = "The service sent an answer that this page cannot read.";

export class ServiceError extends Error {
  /**
   * @param {"offline"|"busy"|"refused"|"missing"} kind offline and busy are worth another try, the others are not
   * @param {string} message a sentence for people
   * @param {number} [retrySeconds] when the service asked to come back
   */
  constructor(kind, message, retrySeconds) {
    super(message);
    this.name = "ServiceError";
    this.kind = kind;
    this.retrySeconds = retrySeconds;
  }
}

/**
 * Have one picture read.
 *
 * @param {Blob} picture PNG, JPEG or WebP
 * @param {{signal?: AbortSignal, everyMember?: boolean}} [options] everyMember asks all networks, not only as many as it takes
 * @returns {Promise<Prediction>}
 */
export function readPicture(picture, { signal, everyMember = false } = {}) {
  const query = everyMember ? "?include=image&members=all" : "?include=image";
  return request(`/v1/predictions${query}`, { method: "POST", headers: { "Content-Type": typeOf(picture) }, body: picture, signal });
}

/**
 * Have one picture read, and get what every layer of the first network made of it.
 *
 * @param {Blob} picture
 * @param {{signal?: AbortSignal}} [options]
 */
export function explainPicture(picture, { signal } = {}) {
  return request("/v1/explanations", { method: "POST", headers: { "Content-Type": typeOf(picture) }, body: picture, signal });
}

/**
 * Get a JSON document.
 *
 * @param {string} path
 * @param {{signal?: AbortSignal}} [options]
 */
export function getJson(path, { signal } = {}) {
  return request(path, { signal });
}

/** The service looks at the bytes; the label only has to be a picture's. @param {Blob} picture */
function typeOf(picture) {
  return /^image\/(png|jpeg|webp)$/.test(picture.type) ? picture.type : "image/png";
}

/** @param {string} path @param {RequestInit & {signal?: AbortSignal}} init */
async function request(path, init) {
  const deadline = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
  try {
    const response = await fetch(path, { ...init, signal });
    const body = await response.json().catch((error) => (signal.aborted ? Promise.reject(error) : null));
    if (!response.ok) throw refusal(response, body);
    if (body === null) throw new ServiceError("refused", UNREADABLE);
    return body;
  } catch (error) {
    if (error instanceof ServiceError || init.signal?.aborted) throw error;
    throw new ServiceError("offline", UNREACHABLE);
  }
}

/** @param {Response} response @param {{title?: string, detail?: string}|null} problem RFC 9457, if it is one */
function refusal(response, problem) {
  const words = problem?.detail || problem?.title || `The service answered with status ${response.status}.`;
  if (response.status === 503 || response.status === 429) {
    return new ServiceError("busy", words, Number(response.headers.get("Retry-After")) || undefined);
  }
  if (response.status === 502 || response.status === 504) return new ServiceError("offline", UNREACHABLE);
  return new ServiceError(response.status === 404 ? "missing" : "refused", words);
}
