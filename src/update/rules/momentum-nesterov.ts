import modules from '../../../build/momentum-nesterov.wasm';
import type { Rule } from './rule.js';

/** A step of `tf.train.momentum` with `useNesterov`. */
export const momentumNesterovRule: Rule = {
  name: 'momentumNesterov',
  states: ['accumulation', 'weight'],
  input: 'gradient',
  scalars: ['momentum', 'negatedLearningRate'],
  heldScalars: ['momentum', 'negatedLearningRate'],
  modules,
  expressions: [
    'momentum * accumulation + gradient',
    'negatedLearningRate * (gradient + accumulation * momentum) + weight',
  ],
};
