import { type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';

const LIMIT = 2 ** 31;

/**
 * Counters as int32, the largest integer dtype of tfjs. Where one of them passes 2^31 - 1, the multiples of 2^31
 * follow as further elements, one for each.
 *
 * @returns a new tensor, of as many elements as there are counters, or twice as many.
 */
export function countersTensor(counters: readonly number[]): Tensor1D {
  const multiples = counters.map((counter) => Math.floor(counter / LIMIT));
  const remainders = counters.map((counter) => counter % LIMIT);
  const values = multiples.some((multiple) => multiple > 0) ? [...remainders, ...multiples] : remainders;
  return tensor1d(values, 'int32');
}

/** @param count how many counters there are: the values are as many, or twice as many. */
export function fromInt32s(values: readonly number[], count: number): number[] {
  return values.slice(0, count).map((remainder, i) => remainder + LIMIT * (values[count + i] ?? 0));
}
