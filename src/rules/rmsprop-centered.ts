import shared from '../../build/rmsprop-centered.threads.wasm';
import unshared from '../../build/rmsprop-centered.wasm';
import type { Rule } from './rule.js';

/** A step of `tf.train.rmsprop` with `centered`. */
export const rmspropCenteredRule: Rule = {
  name: 'rmspropCentered',
  states: ['meanSquare', 'meanGradient', 'moment', 'weight'],
  input: 'gradient',
  scalars: ['decay', 'oneMinusDecay', 'learningRate', 'epsilon', 'momentum'],
  modules: { unshared, shared },
  expressions: [
    'meanSquare * decay + gradient * gradient * oneMinusDecay',
    'meanGradient * decay + gradient * oneMinusDecay',
    'moment * momentum + gradient * learningRate / sqrt(meanSquare - (meanGradient * meanGradient + epsilon))',
    'weight - moment',
  ],
};
