import modules from '../../../build/sum-of-squares.wasm';
import type { Rule } from './rule.js';

/** The sum of the squares of all values: a rule that updates nothing, and answers. */
export const sumOfSquaresRule: Rule = {
  name: 'sumOfSquares',
  states: [],
  input: 'values',
  scalars: [],
  modules,
  expressions: [],
  combine: (a, b) => a + b,
};

/** The floats of a block, whose sum the pass adds to the total. A tile of the `cpu` backend is a multiple of it. */
const BLOCK = 16384;

/** The same in JavaScript, in the order of the pass and with its bits, where WebAssembly cannot be had. */
export function sumOfSquares(values: Float32Array): number {
  let total = 0;
  for (let from = 0; from < values.length; from += BLOCK) {
    const block = values.subarray(from, from + BLOCK);
    const sum = ofBlock(block, block.length - (block.length % 16));
    total += Number.isFinite(sum) ? sum : ofBlock(block, 0);
  }
  return total;
}

/** @param fast how many values are added up in float32 first: a multiple of 16. */
function ofBlock(values: Float32Array, fast: number): number {
  const { fround } = Math;
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  const square = (i: number) => fround((values[i] as number) ** 2);
  for (let i = 0; i < fast; i += 16) {
    for (let lane = 0; lane < 4; ++lane) {
      const at = i + lane;
      const [first, second] = [fround(square(at) + square(at + 4)), fround(square(at + 8) + square(at + 12))];
      (sums[lane] as number) += fround(first + second);
    }
  }
  for (let i = fast; i < values.length; ++i) (sums[i % 4] as number) += (values[i] as number) ** 2;
  return sums[0] + sums[2] + (sums[1] + sums[3]);
}
