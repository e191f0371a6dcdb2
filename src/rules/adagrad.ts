import shared from '../../build/adagrad.threads.wasm';
import unshared from '../../build/adagrad.wasm';
import type { Rule } from './rule.js';

/** A step of `tf.train.adagrad`. */
export const adagradRule: Rule = {
  name: 'adagrad',
  states: ['accumulator', 'weight'],
  input: 'gradient',
  scalars: ['epsilon', 'negatedLearningRate'],
  modules: { unshared, shared },
  expressions: [
    'accumulator + gradient * gradient',
    'gradient / sqrt(accumulator + epsilon) * negatedLearningRate + weight',
  ],
};
