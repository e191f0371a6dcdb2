/** Whole calls of ops with tfjs's own kernels and with ours, beside each other. */
import { registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { tf } from './tf.js';

/** Runs it with our kernels, and puts tfjs's back. */
export function withKernels(fn) {
  registerTrainingKernels();
  try {
    return fn();
  } finally {
    unregisterTrainingKernels();
  }
}

/** Runs it as the forward pass of a gradient. */
export function inGradient(fn) {
  let result;
  const variable = tf.variable(tf.scalar(1));
  try {
    tf.tidy(() =>
      tf.variableGrads(() => {
        result = tf.keep(fn());
        return tf.mul(variable, 1);
      }, [variable]),
    );
  } finally {
    variable.dispose();
  }
  return result;
}

/** Fails where two tensors differ in shape, dtype or any value; NaN is NaN, and 0 is not -0. */
export function assertSameTensor(actual, expected, label) {
  assert.equal(actual.shape, expected.shape, `${label}: shape`);
  assert.is(actual.dtype, expected.dtype, `${label}: dtype`);
  const [a, e] = [actual.dataSync(), expected.dataSync()];
  const at = a.findIndex((value, i) => !Object.is(value, e[i]));
  assert.is(at, -1, `${label}: element ${at} is ${a[at]}, not ${e[at]}`);
}

const special = [NaN, Infinity, -Infinity, -0, 0, 1e-40, -1e-42, 3e38, -3e38];

/** Seeded choices, shapes and tensors. */
export function randomness(seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  const chance = (n) => below(n) === 0;
  const oneOf = (...values) => values[below(values.length)];
  const values = {
    float32: (n) => Float32Array.from({ length: n }, () => (chance(12) ? oneOf(...special) : 2 * next() - 1)),
    int32: (n) => Int32Array.from({ length: n }, () => below(1e9) - 5e8),
    bool: (n) => Uint8Array.from({ length: n }, () => below(2)),
  };
  return {
    below,
    chance,
    oneOf,
    dtype: () => oneOf('float32', 'float32', 'float32', 'int32', 'bool'),
    /** Sizes of 1 to `most`, now and then many more, and of 0 if `zero`. */
    shape: (rank, most, zero = true) =>
      Array.from({ length: rank }, () => (zero && chance(40) ? 0 : 1 + below(chance(6) ? 6 * most : most))),
    usualTensor: (shape) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * next() - 1),
        shape,
      ),
    tensor: (shape, dtype = 'float32') => tf.tensor(values[dtype](tf.util.sizeFromShape(shape)), shape, dtype),
  };
}
