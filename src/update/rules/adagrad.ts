import modules from '../../../build/adagrad.wasm';
import { scaled } from './rule.js';

/** A step of `tf.train.adagrad`. It has no epsilon of its own: this is the one of the backend that steps. */
export const adagradRule = /*#__PURE__*/ scaled({
  name: 'adagrad',
  states: ['accumulator', 'weight'],
  input: 'gradient',
  scalars: ['epsilon', 'negatedLearningRate'],
  modules,
  expressions: [
    'accumulator + gradient * gradient',
    'gradient / sqrt(accumulator + epsilon) * negatedLearningRate + weight',
  ],
});
