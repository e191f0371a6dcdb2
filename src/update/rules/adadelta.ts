import modules from '../../../build/adadelta.wasm';
import { scaled } from './rule.js';

const change = 'sqrt(accumulatedUpdate + epsilon) / sqrt(accumulatedGradient + epsilon) * gradient';

/** A step of `tf.train.adadelta`. The weight comes first, since its change needs both accumulators as they were. */
export const adadeltaRule = /*#__PURE__*/ scaled({
  name: 'adadelta',
  states: ['weight', 'accumulatedUpdate', 'accumulatedGradient'],
  input: 'gradient',
  scalars: ['rho', 'oneMinusRho', 'epsilon', 'negatedLearningRate'],
  modules,
  expressions: [
    `${change} * negatedLearningRate + weight`,
    `accumulatedUpdate * rho + (${change}) * (${change}) * oneMinusRho`,
    'accumulatedGradient * rho + gradient * gradient * oneMinusRho',
  ],
});
