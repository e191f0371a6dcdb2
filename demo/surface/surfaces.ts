import * as tf from '@tensorflow/tfjs';
import type { Area } from '../charts/contours.js';
import type { InnerOptimizer } from '../training/optimizers.js';

type Point = [x: number, y: number];

export interface Surface {
  /** The height at points of shape [n, 2]: a tensor of shape [n, 1]. */
  loss(points: tf.Tensor): tf.Tensor;
  area: Area;
  start: Point;
  minimum: Point;
  /** From this learning rate on plain SGD diverges, where that is known. */
  limit?: number;
  noise: number;
  /** The learning rates that each inner optimizer starts with. */
  learningRates: Record<InnerOptimizer, number>;
}

/** curvature[0] / 2 x^2 + curvature[1] / 2 y^2 */
function quadratic(points: tf.Tensor, curvature: [number, number]): tf.Tensor {
  return tf.mul(0.5, tf.sum(tf.mul(tf.square(points), [curvature]), 1, true));
}

export const surfaces: Record<'ravine' | 'rosenbrock' | 'noisyBowl', Surface> = {
  ravine: {
    loss: (points) => quadratic(points, [1, 25]),
    area: { x: [-4, 4], y: [-4, 4] },
    start: [-3.4, 2.6],
    minimum: [0, 0],
    noise: 0,
    limit: 2 / 25,
    // The rate of SGD is just below the limit.
    learningRates: { SGD: 10 ** -1.1, Momentum: 10 ** -1.6, Adam: 10 ** -0.5, RMSProp: 10 ** -0.7 },
  },
  rosenbrock: {
    loss(points) {
      const [x, y] = tf.split(points, 2, 1) as [tf.Tensor, tf.Tensor];
      const alongValley = tf.square(tf.sub(1, x));
      const acrossValley = tf.square(tf.sub(y, tf.square(x)));
      return tf.add(alongValley, tf.mul(10, acrossValley));
    },
    area: { x: [-2, 2], y: [-1, 3] },
    start: [-1.5, 0],
    minimum: [1, 1],
    noise: 0,
    learningRates: { SGD: 10 ** -1.9, Momentum: 10 ** -2.6, Adam: 10 ** -0.7, RMSProp: 10 ** -1 },
  },
  noisyBowl: {
    loss: (points) => quadratic(points, [1, 4]),
    area: { x: [-4, 4], y: [-4, 4] },
    start: [-3.4, 2.6],
    minimum: [0, 0],
    noise: 0.6,
    learningRates: { SGD: 10 ** -0.7, Momentum: 10 ** -1.3, Adam: 10 ** -0.5, RMSProp: 10 ** -0.7 },
  },
};

export type SurfaceName = keyof typeof surfaces;
