import modules from '../../../build/momentum.wasm';
import type { Rule } from './rule.js';

/** A step of `tf.train.momentum`. */
export const momentumRule: Rule = {
  name: 'momentum',
  states: ['accumulation', 'weight'],
  input: 'gradient',
  scalars: ['momentum', 'negatedLearningRate'],
  heldScalars: ['momentum', 'negatedLearningRate'],
  modules,
  expressions: ['momentum * accumulation + gradient', 'negatedLearningRate * accumulation + weight'],
};
