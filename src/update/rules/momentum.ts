import modules from '../../../build/momentum.wasm';
import { scaled } from './rule.js';

/** A step of `tf.train.momentum`. */
export const momentumRule = /*#__PURE__*/ scaled({
  name: 'momentum',
  states: ['accumulation', 'weight'],
  input: 'gradient',
  scalars: ['momentum', 'negatedLearningRate'],
  modules,
  expressions: ['momentum * accumulation + gradient', 'negatedLearningRate * accumulation + weight'],
});
