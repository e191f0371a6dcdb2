import modules from '../../../build/sgd.wasm';
import { scaled } from './rule.js';

/** A step of `tf.train.sgd`. */
export const sgdRule = /*#__PURE__*/ scaled({
  name: 'sgd',
  states: ['weight'],
  input: 'gradient',
  scalars: ['negatedLearningRate'],
  modules,
  expressions: ['negatedLearningRate * gradient + weight'],
});
