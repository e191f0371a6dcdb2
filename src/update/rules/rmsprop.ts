import modules from '../../../build/rmsprop.wasm';
import { scaled } from './rule.js';

/** A step of `tf.train.rmsprop`. */
export const rmspropRule = /*#__PURE__*/ scaled({
  name: 'rmsprop',
  states: ['meanSquare', 'moment', 'weight'],
  input: 'gradient',
  scalars: ['decay', 'oneMinusDecay', 'learningRate', 'epsilon', 'momentum'],
  modules,
  expressions: [
    'meanSquare * decay + gradient * gradient * oneMinusDecay',
    'moment * momentum + gradient * learningRate / sqrt(meanSquare + epsilon)',
    'weight - moment',
  ],
});
