import modules from '../../build/sum-of-squares.wasm';
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
