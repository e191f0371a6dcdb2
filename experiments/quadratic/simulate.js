import * as tf from '@tensorflow/tfjs';
import { lookahead as wrap } from 'tfjs-lookahead';

const mostSteps = 20_000;
/** Not far above the least numbers that float32 has at full precision. */
const leastMagnitude = 1e-30;

/**
 * Descends from (1, ..., 1) along the loss ½ Σ aᵢ θᵢ², each coordinate a system of its own.
 *
 * The minimum is at zero, where float32 is as precise, relatively, as elsewhere: it can be approached over 30 decades.
 *
 * @returns the factor by which the slowest coordinate shrinks, for each inner step.
 */
export function measureRate({ spectrum, lr, momentum, lookahead }) {
  const inner = momentum === 0 ? tf.train.sgd(lr) : tf.train.momentum(lr, momentum);
  const optimizer = lookahead ? wrap(inner, lookahead) : inner;
  const period = lookahead?.k ?? 1;
  const curvature = tf.tensor1d(spectrum);
  const theta = tf.variable(tf.onesLike(curvature));
  const path = [theta.dataSync().slice()];
  for (let step = 1; step <= mostSteps; ++step) {
    tf.tidy(() => optimizer.applyGradients({ [theta.name]: tf.mul(curvature, theta) }));
    if (step % period > 0) continue;
    const values = theta.dataSync().slice();
    path.push(values);
    const magnitude = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (magnitude < leastMagnitude || magnitude > 1 / leastMagnitude) break;
  }
  optimizer.dispose();
  tf.dispose([curvature, theta]);
  const rates = spectrum.map((_, i) => decay(path.map((values) => values[i])));
  return Math.max(...rates) ** (1 / period);
}

/**
 * The slope of the logarithm over the second half, where what fades faster has faded. Two successive values are taken
 * together, for those of an oscillation pass through zero.
 */
function decay(values) {
  const logs = [];
  for (let i = 1; i < values.length; ++i) {
    const magnitude = Math.hypot(values[i - 1], values[i]);
    if (magnitude < leastMagnitude) break;
    logs.push(Math.log(magnitude));
  }
  return Math.exp(slope(logs.slice(Math.floor(logs.length / 2))));
}

/** Of the least-squares line. */
function slope(values) {
  const middle = (values.length - 1) / 2;
  let [products, squares] = [0, 0];
  values.forEach((value, i) => {
    products += (i - middle) * value;
    squares += (i - middle) ** 2;
  });
  return products / squares;
}
