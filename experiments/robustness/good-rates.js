import { mean } from '../statistics.js';

/** In nats per character above the best loss of a curve. */
export const tolerance = 0.1;

/**
 * The range of learning rates that are good, read off a curve of training losses that is linear over the logarithm of the
 * rate. It ends where the curve does, if that is still good.
 *
 * @param cells of one curve, from the lowest to the highest learning rate.
 */
export function goodRates(cells) {
  const losses = cells.map(({ training }) => (training.includes(null) ? Number.POSITIVE_INFINITY : mean(training)));
  const limit = Math.min(...losses) + tolerance;
  const best = losses.indexOf(Math.min(...losses));
  const edge = (step) => {
    let i = best;
    while (losses[i + step] <= limit) i += step;
    const next = i + step;
    if (losses[next] === undefined) return cells[i].lr;
    const share = (limit - losses[i]) / (losses[next] - losses[i]);
    return cells[i].lr * (cells[next].lr / cells[i].lr) ** share;
  };
  return { from: edge(-1), to: edge(1) };
}
