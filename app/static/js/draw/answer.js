/**
 * The answer on the page: figure, words, bars, votes, what the networks saw. Shows; decides nothing.
 *
 * @import { Prediction } from "../service.js"
 */

import { castVotes, raiseBars } from "../evidence.js";
import { inWords, nameOf, percent, setFigure } from "../figures.js";

/** Screen readers hear the answer once the hand has rested this long. */
const REST_MILLISECONDS = 900;

const NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

export class Answer {
  #timer = 0;
  #members = 5;

  /** @param {HTMLElement} root the section with the answer's parts */
  constructor(root) {
    this.root = root;
    this.#castVotes([], null);
  }

  /** Something newer than what is shown is on the paper. */
  wait() {
    this.root.setAttribute("aria-busy", "true");
  }

  /** @param {Prediction} prediction @param {{milliseconds: number, last: boolean}} how last: nothing newer is coming */
  show(prediction, { milliseconds, last }) {
    this.#members = Math.max(this.#members, prediction.votes.length);
    this.root.dataset.state = "answered";
    this.root.dataset.verdict = prediction.verdict;
    setFigure(this.#svg("#digit"), prediction.digit);
    this.#write("#word", verdictInWords(prediction));
    this.#write("#sure", prediction.digit === null ? "" : percent(prediction.probability, 2));
    this.#write("#reason", prediction.reason);
    this.#write("#time", milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0));
    raiseBars(this.#list("#bars"), prediction.probabilities, prediction.digit);
    this.#castVotes(prediction.votes, prediction.digit);
    this.#image(prediction.image ?? NOTHING, "The picture as the networks saw it: 28 by 28 squares, bright ink on dark");
    this.trouble("");
    if (!last) return;
    this.root.setAttribute("aria-busy", "false");
    this.#announce(spoken(prediction));
  }

  /** As before the first stroke. */
  clear() {
    this.root.dataset.state = "empty";
    this.root.setAttribute("aria-busy", "false");
    delete this.root.dataset.verdict;
    setFigure(this.#svg("#digit"), "any");
    this.#write("#word", "Nothing yet");
    this.#write("#sure", "The answer follows your hand.");
    this.#write("#reason", "");
    this.#write("#time", "–");
    raiseBars(this.#list("#bars"), Array(10).fill(0), null);
    this.#castVotes([], null);
    this.#image(NOTHING, "");
    this.trouble("");
    this.#announce("");
  }

  /** Say what is wrong; an empty text takes it back. @param {string} words */
  trouble(words) {
    const notice = /** @type {HTMLElement} */ (this.root.querySelector("#trouble"));
    notice.hidden = words === "";
    if (notice.textContent !== words) notice.textContent = words;
    if (words === "") return;
    this.root.setAttribute("aria-busy", "false");
    this.#announce(words);
  }

  /** @param {string} selector @param {string} text */
  #write(selector, text) {
    const place = /** @type {HTMLElement} */ (this.root.querySelector(selector));
    if (place.textContent !== text) place.textContent = text;
  }

  /** @param {string} selector */
  #list(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  /** @param {string} selector */
  #svg(selector) {
    return /** @type {SVGElement} */ (this.root.querySelector(selector));
  }

  /** @param {string} source @param {string} words */
  #image(source, words) {
    const image = /** @type {HTMLImageElement} */ (this.root.querySelector("#seen"));
    image.src = source;
    image.alt = words;
  }

  /** @param {number[]} votes @param {number|null} winner */
  #castVotes(votes, winner) {
    castVotes(this.#list("#votes"), votes, { winner, members: this.#members });
    this.#write("#vote-note", voteInWords(votes, this.#members));
  }

  /** @param {string} words */
  #announce(words) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write("#announcement", words), REST_MILLISECONDS);
  }
}

/** @param {Prediction} prediction */
function verdictInWords({ verdict, digit }) {
  if (verdict === "blank" || digit === null) return "An empty page";
  if (verdict === "not_a_digit") return "Not a digit";
  return verdict === "unsure" ? `Perhaps ${nameOf(digit)}` : nameOf(digit);
}

/** @param {number[]} votes @param {number} members */
function voteInWords(votes, members) {
  if (votes.length === 0) return `${capital(inWords(members))} networks, one voice each.`;
  if (votes.length < members) return "The first network was sure enough alone.";
  const most = Math.max(...votes.map((vote) => votes.filter((other) => other === vote).length));
  return most === members ? "All of one mind." : `${capital(inWords(most))} of ${inWords(members)} agree.`;
}

/** @param {Prediction} prediction */
function spoken(prediction) {
  const { digit, verdict, probability, reason } = prediction;
  const sure = digit === null || verdict === "not_a_digit" ? "" : `, ${percent(probability)}`;
  return `${capital(verdictInWords(prediction))}${sure}. ${reason}`;
}

/** @param {string} words */
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
