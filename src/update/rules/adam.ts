import modules from '../../../build/adam.wasm';
import { scaled } from './rule.js';

/** A step of `tf.train.adam`. The powers of the betas are those from before the step multiplies them. */
export const adamRule = /*#__PURE__*/ scaled({
  name: 'adam',
  states: ['firstMoment', 'secondMoment', 'weight'],
  input: 'gradient',
  scalars: [
    'beta1',
    'oneMinusBeta1',
    'beta2',
    'oneMinusBeta2',
    'accBeta1',
    'accBeta2',
    'epsilon',
    'negatedLearningRate',
  ],
  modules,
  expressions: [
    'firstMoment * beta1 + gradient * oneMinusBeta1',
    'secondMoment * beta2 + gradient * gradient * oneMinusBeta2',
    'firstMoment / (1.0 - accBeta1) / (sqrt(secondMoment / (1.0 - accBeta2)) + epsilon) * negatedLearningRate + weight',
  ],
});
