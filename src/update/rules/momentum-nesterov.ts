import modules from '../../../build/momentum-nesterov.wasm';
import { scaled } from './rule.js';

/** A step of `tf.train.momentum` with `useNesterov`. */
export const momentumNesterovRule = /*#__PURE__*/ scaled({
  name: 'momentumNesterov',
  states: ['accumulation', 'weight'],
  input: 'gradient',
  scalars: ['momentum', 'negatedLearningRate'],
  modules,
  expressions: [
    'momentum * accumulation + gradient',
    'negatedLearningRate * (gradient + accumulation * momentum) + weight',
  ],
});
