import shared from '../../build/adadelta.threads.wasm';
import unshared from '../../build/adadelta.wasm';
import type { Rule } from './rule.js';

/** A step of `tf.train.adadelta`: the weight comes first, since its update needs both accumulators as they were. */
export const adadeltaRule: Rule = {
  name: 'adadelta',
  states: ['weight', 'accumulatedUpdate', 'accumulatedGradient'],
  input: 'gradient',
  scalars: ['rho', 'oneMinusRho', 'epsilon', 'negatedLearningRate'],
  modules: { unshared, shared },
  expressions: [
    'sqrt(accumulatedUpdate + epsilon) / sqrt(accumulatedGradient + epsilon) * gradient * negatedLearningRate + weight',
    'accumulatedUpdate * rho + (sqrt(accumulatedUpdate + epsilon) / sqrt(accumulatedGradient + epsilon) * gradient) * (sqrt(accumulatedUpdate + epsilon) / sqrt(accumulatedGradient + epsilon) * gradient) * oneMinusRho',
    'accumulatedGradient * rho + gradient * gradient * oneMinusRho',
  ],
};
