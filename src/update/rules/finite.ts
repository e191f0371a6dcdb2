import modules from '../../../build/finite.wasm';
import type { Rule } from './rule.js';

/** Whether all values are finite: a rule that updates nothing, and answers. */
export const finiteRule: Rule = {
  name: 'finite',
  states: [],
  input: 'values',
  scalars: [],
  modules,
  expressions: [],
  combine: Math.min,
};
