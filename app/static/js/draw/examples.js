/**
 * Ten digits in a plain school hand, and a pen that draws them by itself for someone who hesitates.
 *
 * @import { Drawing, Point } from "./drawing.js"
 */

/** Each digit's strokes as cubic curves on the paper: a start, then two controls and an end for each piece. */
const HAND = [
  ["520 215 350 190 300 400 310 540 320 700 400 800 510 790 640 780 700 620 690 470 680 320 630 225 520 215"],
  ["545 200 535 400 520 600 500 805"],
  ["330 360 340 240 430 195 515 200 620 205 680 290 655 390 620 520 430 640 320 780 440 775 580 770 710 765"],
  ["340 270 420 190 620 180 630 310 640 430 520 470 450 475 560 475 680 520 670 640 660 790 430 830 320 730"],
  ["450 210 420 350 370 450 320 560 440 560 580 555 700 550", "590 400 585 540 580 680 575 810"],
  ["400 220 395 320 385 390 375 460 480 420 670 430 675 600 680 770 480 830 330 740", "400 222 480 225 570 220 670 212"],
  ["610 205 470 270 340 450 335 610 332 740 420 805 510 800 620 795 680 710 665 620 650 520 520 480 430 530 380 560 350 610 340 650"],
  ["320 235 430 240 560 235 690 225 610 400 520 600 450 805"],
  ["610 270 560 180 380 190 380 310 380 440 660 500 655 660 650 800 370 830 350 670 335 520 620 440 630 320 632 295 625 285 610 270"],
  ["650 320 600 190 380 190 360 350 345 490 560 530 640 400 655 370 655 330 655 310 660 480 620 650 590 805"],
];
const POINTS_PER_CURVE = 24;
const WIDTH_UNITS = 52;
const POINTS_PER_SECOND = 95;

/** @param {number} digit @returns {Point[][]} the points of each stroke */
export function exampleOf(digit) {
  return HAND[digit].map((text) => {
    const numbers = text.split(" ").map(Number);
    /** @type {Point[]} */ const points = [[numbers[0], numbers[1], 0.5]];
    for (let place = 0; place + 7 < numbers.length; place += 6) {
      const [x0, y0, x1, y1, x2, y2, x3, y3] = numbers.slice(place, place + 8);
      for (let step = 1; step <= POINTS_PER_CURVE; step += 1) {
        const t = step / POINTS_PER_CURVE;
        points.push([cubic(t, x0, x1, x2, x3), cubic(t, y0, y1, y2, y3), 0.5]);
      }
    }
    return points;
  });
}

/** The same, as strokes to put on the paper at once. @param {number} digit */
export const strokesOf = (digit) => exampleOf(digit).map((points) => ({ width: WIDTH_UNITS, points }));

/**
 * Draw a digit at the speed of a hand, until done or aborted.
 *
 * @param {Drawing} drawing
 * @param {number} digit
 * @param {AbortSignal} signal
 */
export async function drawByItself(drawing, digit, signal) {
  for (const points of exampleOf(digit)) {
    drawing.start(WIDTH_UNITS, points[0]);
    const begun = await frame();
    for (let drawn = 1; drawn < points.length && !signal.aborted; ) {
      const due = Math.min(points.length, Math.ceil((((await frame()) - begun) / 1000) * POINTS_PER_SECOND));
      if (due > drawn && !signal.aborted) drawing.extend(points.slice(drawn, due));
      drawn = Math.max(drawn, due);
    }
    if (signal.aborted) return;
    drawing.finish();
  }
}

/** @returns {Promise<number>} the time of the next frame */
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** @param {number} t @param {number} a @param {number} b @param {number} c @param {number} d */
const cubic = (t, a, b, c, d) => (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d;
