import modules from '../../../build/adamax.wasm';
import { scaled } from './rule.js';

const rate = 'negatedLearningRate / (iteration * decay + 1.0) / (1.0 - accBeta1)';

/** A step of `tf.train.adamax`. The power of beta1 and the iteration are those from before the step changes them. */
export const adamaxRule = /*#__PURE__*/ scaled({
  name: 'adamax',
  states: ['firstMoment', 'infinityNorm', 'weight'],
  input: 'gradient',
  scalars: [
    'beta1',
    'oneMinusBeta1',
    'beta2',
    'accBeta1',
    'iteration',
    'decay',
    'epsilon',
    'negatedLearningRate',
    'maximumOfNaN',
  ],
  modules,
  expressions: [
    'firstMoment * beta1 + gradient * oneMinusBeta1',
    'max(infinityNorm * beta2, abs(gradient))',
    `${rate} * (firstMoment / (infinityNorm + epsilon)) + weight`,
  ],
});
