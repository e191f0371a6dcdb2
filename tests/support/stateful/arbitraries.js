/** The arbitraries that the commands are made of. */
import * as fc from 'fast-check';
import { randomValues, specialValues } from '../reference.js';
import { tf } from '../tf.js';

/**
 * Few, so that variables often have the same one, and mostly tiny. Beyond 16,384 floats the kernel on `cpu` takes
 * several tiles.
 */
export const shape = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom([2, 3], [3], [3, 4], [1, 1, 3, 2], []) },
  { weight: 10, arbitrary: fc.constantFrom([5, 7], [67], [1], [0], [1, 33]) },
  { weight: 1, arbitrary: fc.constantFrom([16384], [129, 129], [3, 11000]) },
);

export const k = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
);

export const alpha = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 3, arbitrary: fc.constantFrom(0.5, 0.8) },
  { weight: 2, arbitrary: fc.constantFrom(1, 0) },
);

const outerOptimizers = {
  sgd: () => tf.train.sgd(0.7),
  momentum: () => tf.train.momentum(0.7, 0.6),
  nesterov: () => tf.train.momentum(0.7, 0.9, true),
  adam: () => tf.train.adam(0.1),
};

/** A function that makes an outer optimizer; null: there is none. */
export const makeOuter = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.constantFrom(...Object.values(outerOptimizers)) },
);

/** Whether the fast weights restart at a merge: nearly always. */
export const restart = fc.oneof(
  { weight: 4, arbitrary: fc.constant(true) },
  { weight: 1, arbitrary: fc.constant(false) },
);

/** Which of several things, by a number that is taken modulo their count. */
export const which = fc.nat(30);

export const pick = (list, number) => list[number % list.length];

/** Stands for values of whatever shape is needed. */
export const seed = fc.nat(1e6);

/** Uniform in [-1, 1). */
export const valuesFor = (shape, seed) => randomValues(tf.util.sizeFromShape(shape), seed);

export const nonFiniteValue = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

/** No NaN, and no infinity, which becomes NaN: any NaN equals any other, so a weight would show nothing any more. */
const finiteSpecialValues = specialValues.filter((value) => Number.isFinite(value) && Math.abs(value) < 1e30);

export const specialValuesFor = (shape, seed) =>
  valuesFor(shape, seed).map((value, i) => pick([...finiteSpecialValues, value], seed + i));
