/**
 * How often the service may be asked: never more than so many times in any second, whatever the hand does.
 *
 * While the pen moves, requests keep a distance; one for a lifted pen goes at once, as long as the second has room.
 */
export class Pace {
  /** @type {number[]} moments of the last requests, milliseconds */ #sent = [];

  /** @param {{most?: number, withinMilliseconds?: number, apartMilliseconds?: number}} [limits] */
  constructor({ most = 14, withinMilliseconds = 1000, apartMilliseconds = 100 } = {}) {
    this.most = most;
    this.within = withinMilliseconds;
    this.apart = apartMilliseconds;
  }

  /** How long to wait. @param {number} now @param {{urgent: boolean}} request @returns {number} milliseconds, 0 is now */
  delay(now, { urgent }) {
    const last = this.#sent[this.#sent.length - 1] ?? -Infinity;
    const oldest = this.#sent.length < this.most ? -Infinity : this.#sent[this.#sent.length - this.most];
    return Math.max(0, oldest + this.within - now, urgent ? 0 : last + this.apart - now);
  }

  /** @param {number} now */
  note(now) {
    this.#sent.push(now);
    this.#sent = this.#sent.slice(-this.most);
  }
}
