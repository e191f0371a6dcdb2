import * as tf from '@tensorflow/tfjs';
import type { InnerOptimizer } from '../training/optimizers.js';

interface Shape {
  /** Coordinates of the points of both classes: `label` says on which curve a point is, `t` in [0, 1) where on it. */
  place(t: tf.Tensor, label: tf.Tensor): [x: tf.Tensor, y: tf.Tensor];
  /** Standard deviation of the distance from the curve. */
  spread: number;
  /** The learning rates that each inner optimizer starts with. */
  learningRates: Record<InnerOptimizer, number>;
}

/** So high that the batches' noise shows. */
const highRates = { SGD: 2, Momentum: 10 ** -0.5, Adam: 0.1, RMSProp: 10 ** -1.3 };

const polar = (radius: tf.Tensor, angle: tf.Tensor): [tf.Tensor, tf.Tensor] => [
  tf.mul(radius, tf.cos(angle)),
  tf.mul(radius, tf.sin(angle)),
];

export const datasets = {
  moons: {
    place(t, label) {
      const side = tf.sub(1, tf.mul(2, label));
      const [x, y] = polar(side, tf.mul(Math.PI, t));
      return [tf.add(x, tf.sub(label, 0.5)), tf.add(y, tf.sub(tf.mul(0.5, label), 0.25))];
    },
    spread: 0.22,
    learningRates: highRates,
  },
  circles: {
    place: (t, label) => polar(tf.add(0.6, tf.mul(0.7, label)), tf.mul(2 * Math.PI, t)),
    spread: 0.2,
    learningRates: highRates,
  },
  spirals: {
    place: (t, label) => polar(tf.add(0.15, tf.mul(1.6, t)), tf.add(tf.mul(2.2 * Math.PI, t), tf.mul(Math.PI, label))),
    spread: 0.1,
    // About the best for the inner optimizer alone.
    learningRates: { SGD: 10 ** -0.5, Momentum: 0.1, Adam: 0.04, RMSProp: 0.01 },
  },
} satisfies Record<string, Shape>;

export type DatasetName = keyof typeof datasets;

export interface Dataset {
  /** Of shape [n, 2]. */
  points: tf.Tensor2D;
  /** One-hot, of shape [n, 2]. */
  classes: tf.Tensor2D;
}

/** Points in random order, always the same for the same seed. The classes take turns. */
export function makeDataset(name: DatasetName, size: number, seed: number): Dataset {
  const { place, spread } = datasets[name];
  return tf.tidy(() => {
    const label = tf.tensor1d(Array.from({ length: size }, (_, i) => i % 2));
    const t = tf.randomUniform([size], 0, 1, 'float32', seed);
    const noise = tf.randomNormal([size, 2], 0, spread, 'float32', seed);
    return {
      points: tf.add(tf.stack(place(t, label), 1), noise) as tf.Tensor2D,
      classes: tf.stack([tf.sub(1, label), label], 1) as tf.Tensor2D,
    };
  });
}

export function disposeDataset({ points, classes }: Dataset): void {
  points.dispose();
  classes.dispose();
}
