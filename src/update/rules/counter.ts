import modules from '../../../build/counter.wasm';
import type { Rule } from './rule.js';

/** A variable of one element that a step changes beside its states. Its input is the counter itself. */
export const counterRule: Rule = {
  name: 'counter',
  states: ['counter'],
  input: 'former',
  scalars: ['factor', 'term'],
  modules,
  expressions: ['former * factor + term'],
};
