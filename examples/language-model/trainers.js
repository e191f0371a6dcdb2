import * as tf from '@tensorflow/tfjs';
import { Lookahead, stepPath, lookahead as wrap } from 'tfjs-lookahead';
import { stopwatch } from '../../tools/stopwatch.js';

// A trainer steps the weights of a model, and lists the sets of weights that the model can be used with afterwards.

const asTheyAre = (fn) => fn();

export function adam(_model, { lr }) {
  const optimizer = tf.train.adam(lr);
  return {
    name: 'Adam',
    weightSets: [{ name: 'Adam', use: asTheyAre }],
    minimize: (loss) => optimizer.minimize(loss, true),
    dispose: () => optimizer.dispose(),
  };
}

/** The API of the package that `--api` names: both give the same weights, bit for bit, but only the optimizer fuses Adam's step. */
export const lookaheadTrainers = { sync: adamAndSync, optimizer: adamInLookahead };

/** Lookahead apart from the optimizer, called after each of its steps. */
function adamAndSync(model, { lr, k, alpha }) {
  const optimizer = tf.train.adam(lr);
  const lookahead = new Lookahead(model.getWeights(true), { k, alpha });
  const inSync = stopwatch(lookahead, 'sync');
  return {
    ...withLookahead(lookahead, () => ({ steps: lookahead.step, milliseconds: inSync() })),
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

/** Lookahead as an optimizer around the optimizer. */
function adamInLookahead(_model, { lr, k, alpha }) {
  const inner = tf.train.adam(lr);
  const optimizer = wrap(inner, { k, alpha });
  const inAll = stopwatch(optimizer, 'applyGradients');
  const inInner = stopwatch(inner, 'applyGradients');
  return {
    ...withLookahead(optimizer, () => ({
      steps: optimizer.iterations,
      milliseconds: inAll() - inInner(),
      innerStepPath: stepPath(optimizer),
    })),
    minimize: (loss) => optimizer.minimize(loss, true),
    dispose: () => optimizer.dispose(),
  };
}

function withLookahead(lookahead, cost) {
  const withSlowWeights = (fn) => lookahead.withSlowWeights(fn);
  return {
    name: 'Adam + Lookahead',
    weightSets: [
      { name: 'Adam + Lookahead, fast weights', use: asTheyAre },
      { name: 'Adam + Lookahead, slow weights', use: withSlowWeights },
    ],
    withSlowWeights,
    /** Steps counted, merges among them, the milliseconds that these took, and how Adam's own step ran if it may be fused. */
    lookaheadCost() {
      const { steps, ...rest } = cost();
      return { steps, merges: Math.floor(steps / lookahead.k), ...rest };
    },
  };
}
