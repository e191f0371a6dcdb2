import * as tf from '@tensorflow/tfjs';
import { lookahead as wrap } from 'tfjs-lookahead';

/** @returns where the players are, [x, y], at the start and after each step. Both step at once. */
export function play({ lr, lookahead, steps }) {
  const [x, y] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(0))];
  const optimizer = lookahead ? wrap(tf.train.sgd(lr), lookahead) : tf.train.sgd(lr);
  const place = () => [x.dataSync()[0], y.dataSync()[0]];
  const path = [place()];
  for (let step = 0; step < steps; ++step) {
    tf.tidy(() => optimizer.applyGradients({ [x.name]: tf.clone(y), [y.name]: tf.neg(x) }));
    path.push(place());
  }
  optimizer.dispose();
  tf.dispose([x, y]);
  return path;
}

/** @returns the factor by which a cycle moves the players away from the equilibrium, as the mean over some cycles. */
export function measureGrowth({ lr, k, alpha, cycles }) {
  const [x, y] = play({ lr, lookahead: { k, alpha }, steps: k * cycles }).at(-1);
  return Math.hypot(x, y) ** (1 / cycles);
}
