import { type Tensor, tensor1d, util } from '@tensorflow/tfjs-core';

const LIMIT = 2 ** 31;

/**
 * Counters as int32, the largest integer dtype of tfjs. Where one of them passes 2^31 - 1, the multiples of 2^31 follow as
 * further elements, one for each.
 *
 * @returns a new tensor, of as many elements as there are counters, or twice as many.
 * @throws Error if the backend's memory is full.
 */
export function countersTensor(where: string, counters: readonly number[]): Tensor {
  const multiples = counters.map((counter) => Math.floor(counter / LIMIT));
  const remainders = counters.map((counter) => counter % LIMIT);
  const values = multiples.some((multiple) => multiple > 0) ? [...remainders, ...multiples] : remainders;
  const tensor = tensor1d(values, 'int32');
  // On a full heap the wasm backend puts every new tensor at address 0, without a word: the second overwrites the first.
  const others = values.map((value) => ~value);
  tensor1d(others, 'int32').dispose();
  if (!util.arraysEqual([...tensor.dataSync()], values)) {
    tensor.dispose();
    throw new Error(
      `${where}: the backend has no memory left for a tensor of ${values.length} integers. ` +
        'Dispose tensors that are no longer needed.',
    );
  }
  return tensor;
}

/** @param count how many counters there are: the values are as many, or twice as many. */
export function fromInt32s(values: readonly number[], count: number): number[] {
  return values.slice(0, count).map((remainder, i) => remainder + LIMIT * (values[count + i] ?? 0));
}
