import shared from '../../build/sgd.threads.wasm';
import unshared from '../../build/sgd.wasm';
import type { Rule } from './rule.js';

/** A step of `tf.train.sgd`. */
export const sgdRule: Rule = {
  name: 'sgd',
  states: ['weight'],
  input: 'gradient',
  scalars: ['negatedLearningRate'],
  heldScalars: ['negatedLearningRate'],
  modules: { unshared, shared },
  expressions: ['negatedLearningRate * gradient + weight'],
};
