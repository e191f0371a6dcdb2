/**
 * The use of weights after a step or a merge: a forward pass. On a GPU, it is not enough that values read back right.
 */
import * as assert from 'uvu/assert';
import { randomValues } from './reference.js';
import { tf } from './tf.js';

/**
 * Shapes whose last two dimensions are odd, in some way or other: where four values share a texel, such a weight has
 * texels that reach beyond it, and `matMul` adds up whole texels.
 */
export const oddShapes = [[5, 7], [3, 4], [7], [], [3, 5, 3], [1, 1, 3, 5]];

const size = (shape) => tf.util.sizeFromShape(shape);

/** As if just uploaded: zero beyond an odd edge. */
const input = (...shape) => tf.reshape(tf.tensor1d(randomValues(size(shape), 7)), shape);

/**
 * An activation that is not zero at zero, and so not beyond an odd edge either. The sum is right only because the other
 * factor is zero there. So two of them at once are too much for tfjs itself.
 */
const activation = (...shape) => tf.sigmoid(input(...shape));

/** By the rank of the weight. */
const passes = {
  0: (w) => [tf.matMul(tf.mul(activation(3, 5), w), input(5, 3))],
  1: (w) => [tf.matMul(tf.sigmoid(tf.add(input(3, w.size), w)), input(w.size, 3))],
  2: (w) => {
    const [rows, columns] = w.shape;
    const hidden = tf.matMul(activation(5, rows), w);
    return [
      hidden,
      tf.matMul(tf.sigmoid(hidden), input(columns, 3)),
      tf.matMul(w, activation(columns, 5)),
      tf.matMul(activation(5, columns), w, false, true),
    ];
  },
  3: (w) => {
    const [batch, rows, columns] = w.shape;
    return [
      tf.matMul(activation(batch, 3, rows), w),
      tf.matMul(w, activation(batch, columns, 3)),
      tf.conv1d(activation(1, 6, rows), w, 1, 'same'),
    ];
  },
  4: (w) => [tf.conv2d(activation(1, 4, 3, w.shape[2]), w, 1, 'same')],
};

/** The results of all passes over these weights. */
const forward = (weights) => weights.flatMap((w) => passes[w.rank](w));

/** A loss whose gradients reach all weights, by the same passes. Not by `addN`, which is wrong for so many on webgpu. */
export const lossOf = (weights) => () =>
  tf.tidy(() =>
    forward(weights)
      .map((result) => tf.mean(tf.square(tf.sub(result, 0.3))))
      .reduce((sum, each) => tf.add(sum, each)),
  );

const dataOf = (tensors) => Promise.all(tensors.map(async (tensor) => (await tensor.data()).slice()));

/** On the active backend. */
async function forwardValues(weights) {
  const results = tf.tidy(() => forward(weights));
  const values = await dataOf(results);
  tf.dispose(results);
  return values;
}

/** The same on `cpu`. The weights are read before the switch: leaving webgpu, tfjs would read them synchronously. */
async function forwardValuesOnCpu(weights) {
  const backend = tf.getBackend();
  const values = await dataOf(weights);
  await tf.setBackend('cpu');
  const copies = weights.map(({ shape }, i) => tf.tensor(shape.length === 0 ? values[i][0] : values[i], shape));
  const expected = await forwardValues(copies);
  tf.dispose(copies);
  await tf.setBackend(backend);
  return expected;
}

function assertClose(actual, expected, message) {
  assert.is(actual.length, expected.length, message);
  for (const [i, values] of expected.entries()) {
    for (const [j, value] of values.entries()) {
      const error = Math.abs(actual[i][j] - value) / Math.max(1, Math.abs(value));
      assert.ok(error < 2e-5, `${message}: result ${i}[${j}] is ${actual[i][j]}, expected ${value}`);
    }
  }
}

/** A forward pass over weights gives what it gives on `cpu` with weights of the same values. */
export async function assertUsable(weights, message) {
  assertClose(await forwardValues(weights), await forwardValuesOnCpu(weights), `${message}, against cpu`);
}

/** The same, also beside weights that tfjs alone has made on the same backend. */
export async function assertUsableAs(weights, ofTfjs, message) {
  await assertUsable(weights, message);
  assertClose(await forwardValues(weights), await forwardValues(ofTfjs), `${message}, against tfjs`);
}
