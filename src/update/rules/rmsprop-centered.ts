import modules from '../../../build/rmsprop-centered.wasm';
import { scaled } from './rule.js';

/**
 * A step of `tf.train.rmsprop` with `centered`. tfjs takes the root of the variance *minus* epsilon, so it is NaN where the
 * variance is smaller.
 */
export const rmspropCenteredRule = /*#__PURE__*/ scaled({
  name: 'rmspropCentered',
  states: ['meanSquare', 'meanGradient', 'moment', 'weight'],
  input: 'gradient',
  scalars: ['decay', 'oneMinusDecay', 'learningRate', 'epsilon', 'momentum'],
  modules,
  expressions: [
    'meanSquare * decay + gradient * gradient * oneMinusDecay',
    'meanGradient * decay + gradient * oneMinusDecay',
    'moment * momentum + gradient * learningRate / sqrt(meanSquare - (meanGradient * meanGradient + epsilon))',
    'weight - moment',
  ],
});
