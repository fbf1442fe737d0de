/**
 * The answer on the page: figure, words, bars, votes, what the networks saw. Shows; decides nothing.
 *
 * @import { Prediction } from "../service.js"
 */

import { element, figure, inWords, nameOf, percent, setFigure } from "../figures.js";

/** Screen readers hear the answer once the hand has rested this long. */
const REST_MILLISECONDS = 900;

const NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

export class Answer {
  #timer = 0;
  #members = 5;

  /** @param {HTMLElement} root the section with the answer's parts */
  constructor(root) {
    this.root = root;
    this.bars = [...root.querySelectorAll("#bars li")].map((item) => /** @type {HTMLElement} */ (item));
    this.#castVotes([], 0);
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
    this.#raiseBars(prediction.probabilities, prediction.digit);
    this.#castVotes(prediction.votes, prediction.digit);
    this.#image(prediction.image ?? NOTHING, "The picture as the networks saw it: 28 by 28 squares, bright ink on dark");
    this.trouble("");
    if (last) this.#announce(spoken(prediction));
  }

  /** As before the first stroke. */
  clear() {
    this.root.dataset.state = "empty";
    delete this.root.dataset.verdict;
    setFigure(this.#svg("#digit"), "any");
    this.#write("#word", "Nothing yet");
    this.#write("#sure", "The answer follows your hand.");
    this.#write("#reason", "");
    this.#write("#time", "–");
    this.#raiseBars(Array(10).fill(0), null);
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
    if (words) this.#announce(words);
  }

  /** @param {string} selector @param {string} text */
  #write(selector, text) {
    const place = /** @type {HTMLElement} */ (this.root.querySelector(selector));
    if (place.textContent !== text) place.textContent = text;
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

  /** @param {number[]} probabilities @param {number|null} first */
  #raiseBars(probabilities, first) {
    this.bars.forEach((bar, digit) => {
      const probability = probabilities[digit];
      bar.style.setProperty("--share", String(probability));
      bar.toggleAttribute("data-first", digit === first);
      const shown = probability >= 0.005 ? percent(probability, probability > 0.99 ? 1 : 0).replace(" %", "") : "";
      /** @type {HTMLElement} */ (bar.querySelector("b")).textContent = shown;
      /** @type {HTMLElement} */ (bar.querySelector("span")).textContent = `${digit}: ${percent(probability)}`;
    });
  }

  /** @param {number[]} votes @param {number|null} winner */
  #castVotes(votes, winner) {
    const list = /** @type {HTMLElement} */ (this.root.querySelector("#votes"));
    list.replaceChildren(
      ...Array.from({ length: this.#members }, (_, member) => {
        if (member >= votes.length) return element("li", { "data-silent": "" }, element("span", { class: "unseen" }, "not asked"));
        const item = element("li", {}, figure(votes[member]), element("span", { class: "unseen" }, String(votes[member])));
        item.toggleAttribute("data-against", votes[member] !== winner);
        return item;
      }),
    );
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
