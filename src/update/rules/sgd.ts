import modules from '../../../build/sgd.wasm';
import type { Rule } from './rule.js';

/** A step of `tf.train.sgd`. */
export const sgdRule: Rule = {
  name: 'sgd',
  states: ['weight'],
  input: 'gradient',
  scalars: ['negatedLearningRate'],
  heldScalars: ['negatedLearningRate'],
  modules,
  expressions: ['negatedLearningRate * gradient + weight'],
};
