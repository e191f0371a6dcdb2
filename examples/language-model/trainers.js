import * as tf from '@tensorflow/tfjs';
import { fused, Lookahead, stepPath, lookahead as wrap } from 'tfjs-lookahead';
import { stopwatch } from '../../tools/stopwatch.js';

// A trainer steps the weights of a model, and knows with which weights the model is to be used.

export function adam(_model, { lr }) {
  const optimizer = tf.train.adam(lr);
  return {
    name: 'Adam',
    withSlowWeights: (fn) => fn(),
    minimize: (loss) => optimizer.minimize(loss, true),
    dispose: () => optimizer.dispose(),
  };
}

/** The API of the package that `--api` names: both give the same weights, bit for bit, but only the optimizer fuses Adam's step. */
export const lookaheadTrainers = { optimizer: adamInLookahead, sync: adamAndSync };

const outerOptimizers = {
  sgd: ({ rate }) => tf.train.sgd(rate),
  momentum: ({ rate, momentum }) => tf.train.momentum(rate, momentum),
  nesterov: ({ rate, momentum }) => tf.train.momentum(rate, momentum, true),
  // The other settings are those of FedAdam (arXiv 2003.00295).
  adam: ({ rate }) => tf.train.adam(rate, 0.9, 0.99, 1e-3),
};

function toConfig({ k, slowStep }) {
  const { alpha, outer, ...settings } = slowStep;
  return outer === undefined ? { k, alpha } : { k, outer: outerOptimizers[outer](settings) };
}

/** Lookahead as an optimizer around the optimizer. */
function adamInLookahead(_model, { lr, ...options }) {
  const inner = tf.train.adam(lr);
  const optimizer = wrap(inner, toConfig(options));
  const inAll = stopwatch(optimizer, 'applyGradients');
  const inInner = stopwatch(inner, 'applyGradients');
  return {
    ...withLookahead(optimizer, () => ({
      steps: optimizer.iterations,
      milliseconds: inAll() - inInner(),
      innerStepPath: stepPath(inner),
    })),
    minimize: (loss) => optimizer.minimize(loss, true),
    dispose: () => optimizer.dispose(),
  };
}

/** Lookahead apart from the optimizer, called after each of its steps. */
function adamAndSync(model, { lr, ...options }) {
  const optimizer = tf.train.adam(lr);
  const config = toConfig(options);
  if (config.outer) fused(config.outer);
  const lookahead = new Lookahead(model.getWeights(true), config);
  const inSync = stopwatch(lookahead, 'sync');
  return {
    ...withLookahead(lookahead, () => ({
      steps: lookahead.step,
      milliseconds: inSync(),
      innerStepPath: stepPath(optimizer),
    })),
    minimize(loss) {
      const cost = optimizer.minimize(loss, true);
      lookahead.sync();
      return cost;
    },
    dispose() {
      lookahead.dispose();
      optimizer.dispose();
    },
  };
}

function withLookahead(lookahead, cost) {
  return {
    name: 'Lookahead',
    withSlowWeights: (fn) => lookahead.withSlowWeights(fn),
    /** Steps counted, merges among them, the milliseconds that these took, and what computed Adam's own step. */
    lookaheadCost() {
      const { steps, ...rest } = cost();
      return { steps, merges: Math.floor(steps / lookahead.k), ...rest };
    },
  };
}
