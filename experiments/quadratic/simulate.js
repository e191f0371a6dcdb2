import * as tf from '@tensorflow/tfjs';
import { lookahead as wrap } from 'tfjs-lookahead';
import { makeOuter } from '../outer-optimizer.js';

const mostSteps = 20_000;
/** Not far above the smallest numbers that float32 represents at full precision. */
const leastMagnitude = 1e-30;

/**
 * Descends from (1, ..., 1) on the loss ½ Σ aᵢ θᵢ², each coordinate on its own.
 *
 * The minimum is at zero, where the relative precision of float32 is the same as elsewhere, so 30 decades can be
 * measured.
 *
 * @param lookahead the config, with the settings of the outer optimizer if there is one, around gradient descent.
 * @returns the factor by which the slowest coordinate shrinks, for each inner step.
 */
export function measureRate({ spectrum, lr, momentum, lookahead }) {
  const inner = momentum === 0 ? tf.train.sgd(lr) : tf.train.momentum(lr, momentum);
  const outer = lookahead?.outer && makeOuter(lookahead.outer);
  const optimizer = lookahead ? wrap(inner, outer ? { ...lookahead, outer } : lookahead) : inner;
  // To an outer optimizer a cycle is one gradient step, on a quadratic with other eigenvalues.
  const oscillator = outer
    ? { optimizer: outer, lr: lookahead.outer.lr, eigenvalues: spectrum.map((a) => 1 - (1 - lr * a) ** lookahead.k) }
    : { optimizer: inner, lr, eigenvalues: spectrum };
  const period = lookahead?.k ?? 1;
  const curvature = tf.tensor1d(spectrum);
  const theta = tf.variable(tf.onesLike(curvature));
  const paths = spectrum.map(() => []);
  for (let step = 1; step <= mostSteps; ++step) {
    tf.tidy(() => optimizer.applyGradients({ [theta.name]: tf.mul(curvature, theta) }));
    if (step % period > 0) continue;
    const position = theta.dataSync();
    const velocity = oscillator.optimizer.accumulations?.[0].variable.dataSync();
    // The square root of the energy, because in an oscillation it decays steadily, while the coordinate passes through
    // zero.
    const magnitudes = oscillator.eigenvalues.map((a, i) =>
      Math.hypot(Math.sqrt(a) * position[i], Math.sqrt(oscillator.lr) * (velocity?.[i] ?? 0)),
    );
    magnitudes.forEach((magnitude, i) => {
      if (magnitude > leastMagnitude) paths[i].push(Math.log(magnitude));
    });
    const greatest = Math.max(...magnitudes);
    if (greatest < leastMagnitude || greatest > 1 / leastMagnitude) break;
  }
  optimizer.dispose();
  tf.dispose([curvature, theta]);
  // In the second half, what decays faster is gone.
  const decays = paths.map((logs) => slope(logs.slice(Math.floor(logs.length / 2))));
  return Math.exp(Math.max(...decays) / period);
}

/** The slope of the least-squares line. */
function slope(values) {
  const middle = (values.length - 1) / 2;
  let [products, squares] = [0, 0];
  values.forEach((value, i) => {
    products += (i - middle) * value;
    squares += (i - middle) ** 2;
  });
  return products / squares;
}
