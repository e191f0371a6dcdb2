/**
 * The equations in plain JavaScript, with `Math.fround` after every operation: what every path must equal.
 * Written against the paper, not against the package.
 */
import * as assert from 'uvu/assert';

const f = Math.fround;

export function lerp(start, end, weight) {
  const result = Float32Array.from(start);
  for (const i of result.keys()) result[i] = f(f(start[i]) + f(f(weight) * f(f(end[i]) - f(start[i]))));
  return result;
}

/** One merge; at 0 and 1 the equations hold exactly, which `slow + alpha * (fast - slow)` does not in floating point. */
export function merge(slow, fast, alpha) {
  if (f(alpha) === 0) return Float32Array.from(slow);
  if (f(alpha) === 1) return Float32Array.from(fast);
  return lerp(slow, fast, alpha);
}

/** A view, because these arrays are many and large. */
function bitsOf(values) {
  const { buffer, byteOffset, length } = values instanceof Float32Array ? values : Float32Array.from(values);
  return new Uint32Array(buffer, byteOffset, length);
}

/** The same bits, except that any NaN equals any NaN (WebAssembly leaves a NaN's payload open). */
export function assertSameBits(actual, expected, message = '') {
  assert.instance(actual, Float32Array);
  assert.is(actual.length, expected.length, `${message}: length`);
  const [actualBits, expectedBits] = [actual, expected].map(bitsOf);
  for (let i = 0; i < actual.length; ++i) {
    if (actualBits[i] !== expectedBits[i] && !(Number.isNaN(actual[i]) && Number.isNaN(expected[i]))) {
      assert.unreachable(`${message}: element ${i} of ${actual.length} is ${actual[i]}, expected ${expected[i]}`);
    }
  }
}

/**
 * Compares lists of trained weights. They must be finite: as any NaN equals any other, a run that diverged would show
 * nothing.
 */
export function assertSameWeights(actual, expected, message) {
  assert.is(actual.length, expected.length, message);
  for (const [i, values] of actual.entries()) {
    assert.ok(values.every(Number.isFinite), `${message}: weight ${i} is ${values}`);
    assertSameBits(values, expected[i], `${message}: weight ${i}`);
  }
}

/** One unit in the last place of a float32 of this magnitude. */
export const ulp = (x) => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);

/** A GPU may contract and reorder: 2 ulp of the largest value that takes part. */
export function assertWithin2Ulp(actual, start, end, weight, message = '') {
  assert.is(actual.length, start.length, `${message}: length`);
  const expected = lerp(start, end, weight);
  for (let i = 0; i < actual.length; ++i) {
    if (actual[i] === expected[i]) continue;
    const largest = Math.max(Math.abs(start[i]), Math.abs(weight * (end[i] - start[i])), Math.abs(expected[i]));
    if (!(Math.abs(actual[i] - expected[i]) <= 2 * ulp(largest))) {
      assert.unreachable(`${message}: element ${i} of ${actual.length} is ${actual[i]}, expected ${expected[i]}`);
    }
  }
}

/** Backends that must give the same bits; the others run on a GPU. */
export const isExact = (backend) => ['cpu', 'wasm', 'tensorflow'].includes(backend);

export function assertLerp(backend, actual, start, end, weight, message) {
  if (isExact(backend)) assertSameBits(actual, lerp(start, end, weight), message);
  else assertWithin2Ulp(actual, start, end, weight, message);
}

/**
 * Seeded, uniform in [-1, 1): mulberry32. Written again here: the reference depends neither on what it checks nor on
 * tools/.
 */
export function randomValues(n, seed) {
  let state = seed;
  return new Float32Array(n).map(() => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

/** NaN, infinities, both zeros, the smallest and largest denormal, the smallest normal, the largest float32. */
export const specialValues = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  2 ** -149,
  -(2 ** -149),
  f(1.1754942e-38),
  2 ** -126,
  f(3.4028235e38),
  f(-3.4028235e38),
  1,
  -1,
  f(0.1),
];

/** Random values; about a third are special ones. */
export function mixedValues(n, seed) {
  const choices = randomValues(n, seed + 1e6);
  return randomValues(n, seed).map((value, i) =>
    choices[i] < -1 / 3 ? specialValues[Math.floor(Math.abs(choices[i] * 1e5)) % specialValues.length] : value,
  );
}
