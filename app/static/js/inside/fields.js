/**
 * Which part of the 28 x 28 picture a square of a layer looks at: its receptive field.
 *
 * A convolution of 3 x 3 widens it by one step on every side, one of 5 x 5 by two; a pooling of 2 x 2 by half a step. What
 * halves the side, a pooling or a convolution that moves by two, doubles the steps.
 *
 * @typedef {{kind: string, height: number}} Layer
 * @typedef {{size: number, step: number, start: number}} Field side in squares of the picture, distance between
 *   neighbours, and where the first one begins
 */

const CONVOLUTION_SIZE = 3; // of every convolution but the first, whose filters are known

/** @param {Layer[]} layers in order, from the picture on @param {number} first side of the first filters @param {number} [side] of the picture @returns {Field[]} one for each layer */
export function fieldsOf(layers, first, side = 28) {
  let [size, step, start, before] = [1, 1, 0, side];
  return layers.map(({ kind, height }, index) => {
    const stride = Math.max(1, Math.round(before / height));
    if (kind === "convolution") {
      const filter = index === 0 ? first : CONVOLUTION_SIZE;
      size += (filter - 1) * step;
      start -= ((filter - 1) / 2) * step;
    } else {
      size += (stride - 1) * step;
    }
    step *= stride;
    before = height;
    return { size, step, start };
  });
}

/** @param {Field} field @param {number} x column of the map @param {number} y row of the map @returns the part inside the picture */
export function fieldAt({ size, step, start }, x, y, side = 28) {
  const [left, top] = [start + x * step, start + y * step];
  const [from, to] = [(/** @type {number} */ v) => Math.max(0, v), (/** @type {number} */ v) => Math.min(side, v)];
  return { x: from(left), y: from(top), width: to(left + size) - from(left), height: to(top + size) - from(top) };
}
