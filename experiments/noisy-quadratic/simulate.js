import * as tf from '@tensorflow/tfjs';
import { Lookahead } from 'tfjs-lookahead';
import { mulberry32 } from '../../tools/random.js';
import { normals } from '../gaussian.js';
import { makeOuter } from '../outer-optimizer.js';

/**
 * Steps independent trajectories, the elements of one variable, from one start with noisy gradients.
 *
 * @returns over the trajectories: the mean after the first cycle as a share of the start, the variance after each step
 * of the last cycle, and that of the slow weights after its merge.
 */
export function simulate({ lr, k, alpha, outer, cycles, trajectories, seed }) {
  const random = mulberry32(seed);
  const theta = tf.variable(tf.fill([trajectories], start));
  const optimizer = tf.train.sgd(lr);
  const lookahead = new Lookahead([theta], outer ? { k, outer: makeOuter(outer) } : { k, alpha });
  const step = () =>
    tf.tidy(() => {
      const minimum = tf.tensor1d(normals(random, trajectories));
      optimizer.applyGradients({ [theta.name]: tf.sub(theta, minimum) });
    });
  let contraction;
  const fastVariances = [];
  for (let cycle = 1; cycle <= cycles; ++cycle) {
    for (let j = 1; j <= k; ++j) {
      step();
      if (cycle === cycles) fastVariances.push(moments(theta.dataSync()).variance);
      lookahead.sync();
    }
    contraction ??= moments(theta.dataSync()).mean / start;
  }
  const slowVariance = moments(lookahead.slowWeights[0].dataSync()).variance;
  lookahead.dispose();
  optimizer.dispose();
  theta.dispose();
  return { contraction, fastVariances, slowVariance };
}

/** So far from the minimum that noise hardly affects the mean after one cycle. */
export const start = 100;

function moments(values) {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, variance: squares / (values.length - 1) };
}
