/** Many copies of one small network, one beside the other in each variable, so that a step of all is one of an optimizer. */
import * as tf from '@tensorflow/tfjs';
import { normals } from '../gaussian.js';
import { classes, features } from './data.js';

const hidden = 16;
const layers = [
  { shape: [features, hidden], scale: Math.sqrt(1 / features) },
  { shape: [1, hidden], scale: 0 },
  { shape: [hidden, classes], scale: Math.sqrt(1 / hidden) },
  { shape: [1, classes], scale: 0 },
];

export const weightCount = layers.reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);

/**
 * @param groups how often each seed comes, one group after the other, and how many equal copies it has in each.
 * @returns variables of shape [groups * randoms * copies, ...].
 */
export function makeWeights(randoms, { groups, copies }) {
  return layers.map(({ shape, scale }) =>
    tf.tidy(() => {
      const first = randoms.map((random) => tf.tensor(normals(random, shape[0] * shape[1]), [1, ...shape]));
      const ofGroup = tf.concat(first.map((each) => tf.tile(tf.mul(each, scale), [copies, 1, 1])));
      return tf.variable(tf.tile(ofGroup, [groups, 1, 1]));
    }),
  );
}

/**
 * @param x of shape [copies, samples, features].
 * @param y one-hot classes, of shape [copies, samples, classes].
 * @returns the mean cross-entropy of each copy over its samples, in nats.
 */
export function losses([w1, b1, w2, b2], x, y) {
  const activations = tf.tanh(tf.add(tf.matMul(x, w1), b1));
  const logits = tf.add(tf.matMul(activations, w2), b2);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), y), 2), 1));
}
