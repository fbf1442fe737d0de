/**
 * Keeps the answer up with the hand: one request in flight, the newest wish waits, older ones are forgotten.
 *
 * A lifted pen aborts what is in flight and goes first. A reply to anything but the newest request is dropped, so an old
 * answer never overtakes. A busy or unreachable service is asked again later and later; the drawing is not lost.
 *
 * Events: `answer` with {answer, milliseconds, last}; `trouble` with {kind, message, failures}.
 *
 * @typedef {{make: () => Promise<Blob>, last: boolean}} Wish make gives the picture as it is when its turn comes
 */

import { ServiceError } from "../service.js";
import { Pace } from "./pace.js";

const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 8_000;

export class Reader extends EventTarget {
  /** @type {Wish|null} */ #wish = null;
  /** @type {AbortController|null} */ #flight = null;
  #timer = 0;
  #pausedUntil = 0;
  #failures = 0;
  #pace;
  #request;

  /**
   * @param {(picture: Blob, how: {signal: AbortSignal, last: boolean}) => Promise<any>} request asks the service
   * @param {Pace} [pace]
   */
  constructor(request, pace = new Pace()) {
    super();
    this.#request = request;
    this.#pace = pace;
  }

  /** Wish for an answer. @param {() => Promise<Blob>} make @param {{last?: boolean}} [options] last: the pen is lifted */
  ask(make, { last = false } = {}) {
    this.#wish = { make, last };
    if (last) this.#abort();
    this.#next();
  }

  /** Want nothing any more; what is in flight will not be shown. */
  forget() {
    this.#wish = null;
    this.#abort();
    clearTimeout(this.#timer);
  }

  /** Stop pausing: the network came back. */
  hurry() {
    this.#pausedUntil = 0;
    this.#next();
  }

  #abort() {
    this.#flight?.abort();
    this.#flight = null;
  }

  #next() {
    clearTimeout(this.#timer);
    const wish = this.#wish;
    if (!wish || this.#flight) return;
    const now = performance.now();
    const wait = Math.max(this.#pace.delay(now, { urgent: wish.last }), this.#pausedUntil - now);
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#next(), wait);
      return;
    }
    this.#wish = null;
    this.#pace.note(now);
    void this.#send(wish);
  }

  /** @param {Wish} wish */
  async #send(wish) {
    const flight = new AbortController();
    this.#flight = flight;
    try {
      const picture = await wish.make();
      if (flight.signal.aborted) return;
      const sent = performance.now();
      const answer = await this.#request(picture, { signal: flight.signal, last: wish.last });
      if (flight.signal.aborted) return;
      this.#failures = 0;
      this.#tell("answer", { answer, milliseconds: performance.now() - sent, last: wish.last });
    } catch (error) {
      if (!flight.signal.aborted) this.#fail(error, wish);
    } finally {
      if (this.#flight === flight) {
        this.#flight = null;
        this.#next();
      }
    }
  }

  /** @param {unknown} error @param {Wish} wish */
  #fail(error, wish) {
    if (!(error instanceof ServiceError)) throw error;
    this.#failures += 1;
    if (error.kind === "offline" || error.kind === "busy") {
      const doubled = FIRST_PAUSE_MILLISECONDS * 2 ** (this.#failures - 1);
      const asked = (error.retrySeconds ?? 0) * 1000;
      this.#pausedUntil = performance.now() + Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(asked, doubled));
      this.#wish ??= wish;
    }
    this.#tell("trouble", { kind: error.kind, message: error.message, failures: this.#failures });
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
