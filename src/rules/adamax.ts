import shared from '../../build/adamax.threads.wasm';
import unshared from '../../build/adamax.wasm';
import type { Rule } from './rule.js';

const rate = 'negatedLearningRate / (iteration * decay + 1.0) / (1.0 - accBeta1)';

/** A step of `tf.train.adamax`. */
export const adamaxRule: Rule = {
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
  heldScalars: ['accBeta1', 'iteration'],
  modules: { unshared, shared },
  expressions: [
    'firstMoment * beta1 + gradient * oneMinusBeta1',
    'max(infinityNorm * beta2, abs(gradient))',
    `${rate} * (firstMoment / (infinityNorm + epsilon)) + weight`,
  ],
};
