import { markdownTable } from '../../tools/markdown-table.js';
import { drawVariances } from './picture.js';
import { simulate } from './simulate.js';
import { contraction, relativeError, sgdVariance, varianceRatio } from './theory.js';

export const backend = 'cpu';

const trajectories = 2 ** 16;
const learningRates = [0.1, 0.25, 0.5, 1, 1.5];
/** The first is gradient descent alone, because with alpha = 1 a merge leaves the fast weights as they are. */
const lookaheads = [{ k: 1, alpha: 1 }, ...[5, 10, 20].flatMap((k) => [0.2, 0.5, 0.8].map((alpha) => ({ k, alpha })))];

export const runs = learningRates
  .flatMap((lr) => lookaheads.map(({ k, alpha }) => ({ lr, k, alpha })))
  .map((settings, i) => ({ ...settings, cycles: cyclesToForget(settings), trajectories, seed: i + 1 }));

export const run = simulate;

/** After n cycles the start contributes a share of contraction^2n to the variance, far below the Monte Carlo error. */
function cyclesToForget({ lr, k, alpha }) {
  const negligible = 0.01 * relativeError(trajectories);
  return Math.max(2, Math.ceil(Math.log(negligible) / (2 * Math.log(Math.abs(contraction(lr, { k, alpha }))))));
}

export function compare({ settings, result }) {
  const { lr, k, alpha, cycles, seed } = settings;
  const variance = sgdVariance(lr) * varianceRatio(lr, { k, alpha });
  return {
    ...{ lr, k, alpha, cycles, seed },
    ...result,
    theory: variance,
    z: (result.slowVariance / variance - 1) / relativeError(settings.trajectories),
  };
}

export function record(results) {
  return { 'noisy-quadratic.json': { trajectories, cells: results.map(compare) } };
}

export function present(read) {
  const { cells } = read('noisy-quadratic.json');
  const z = cells.map((cell) => cell.z);
  const share = (limit) => `${z.filter((each) => Math.abs(each) < limit).length} of ${z.length}`;
  const rootMeanSquare = Math.sqrt(z.reduce((sum, each) => sum + each ** 2, 0) / z.length);
  return {
    pictures: { 'noisy-quadratic.svg': drawVariances(cells, trajectories) },
    tables: {
      agreement: markdownTable(
        ['settings with abs(z) below 1', 'below 2', 'below 3', 'largest abs(z)', 'root mean square of z'],
        [[share(1), share(2), share(3), Math.max(...z.map(Math.abs)).toFixed(2), rootMeanSquare.toFixed(2)]],
      ),
      variances: markdownTable(
        ['lr a', 'k', 'alpha', 'V of SGD / σ²', 'V of Lookahead / V of SGD', 'closed form', 'z'],
        cells
          .filter(({ k, alpha }) => (k === 5 || k === 20) && alpha !== 0.2)
          .map(({ lr, k, alpha, slowVariance, z: score }) => [
            lr,
            k,
            alpha,
            sgdVariance(lr).toFixed(4),
            (slowVariance / sgdVariance(lr)).toFixed(4),
            varianceRatio(lr, { k, alpha }).toFixed(4),
            score.toFixed(2).replace('-', '−'),
          ]),
      ),
    },
  };
}
