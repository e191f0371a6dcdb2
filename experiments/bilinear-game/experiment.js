import { markdownTable } from '../../tools/markdown-table.js';
import { drawGame } from './picture.js';
import { measureGrowth, play } from './simulate.js';
import { growthPerCycle } from './theory.js';

export const backend = 'cpu';

const lr = 0.2;
const cycles = 3;
const alphas = Array.from({ length: 20 }, (_, i) => (i + 1) / 20);
const ks = Array.from({ length: 40 }, (_, i) => i + 1);

const shownPaths = [
  { name: 'alone', lr, lookahead: null, steps: 60 },
  { name: 'k = 5, α = 0.5', lr, lookahead: { k: 5, alpha: 0.5 }, steps: 60 },
];

export const runs = [...shownPaths, ...ks.map((k) => ({ lr, k, alphas, cycles }))];

export function run(settings) {
  if (settings.steps) return play(settings);
  return settings.alphas.map((alpha) => measureGrowth({ ...settings, alpha }));
}

export function record(results) {
  const paths = results.slice(0, shownPaths.length).map(({ settings, result }) => ({ ...settings, path: result }));
  const growth = results.slice(shownPaths.length).map(({ settings: { k }, result }) => {
    const theory = alphas.map((alpha) => growthPerCycle(lr, k, alpha));
    return { k, measured: result, theory, deviation: result.map((value, i) => value / theory[i] - 1) };
  });
  return { 'bilinear-game.json': { lr, cycles, alphas, paths, growth } };
}

export function present(read) {
  const { paths, growth } = read('bilinear-game.json');
  const cells = growth.flatMap(({ k, measured, theory, deviation }) =>
    alphas.map((alpha, i) => ({ k, alpha, measured: measured[i], theory: theory[i], deviation: deviation[i] })),
  );
  const converges = cells.filter(({ measured }) => measured < 1);
  const otherSide = cells.filter(({ measured, theory }) => measured < 1 !== theory < 1);
  const deviations = cells.map(({ deviation }) => Math.abs(deviation));
  const best = (group) => group.reduce((a, b) => (a.measured ** (1 / a.k) < b.measured ** (1 / b.k) ? a : b));
  return {
    pictures: { 'bilinear-game.svg': drawGame({ lr, cells, paths }) },
    tables: {
      map: markdownTable(
        ['settings', 'converge', 'on the other side than in theory', 'greatest relative deviation of the growth'],
        [[cells.length, converges.length, otherSide.length, Math.max(...deviations).toExponential(1)]],
      ),
      best: markdownTable(
        ['', 'k', 'alpha', 'factor per cycle', 'factor per step'],
        [
          ['fastest of all', best(cells)],
          ...[5, 10, 20, 30].map((k) => [`fastest of k = ${k}`, best(cells.filter((cell) => cell.k === k))]),
          ...[5, 10, 20, 30].map((k) => ['usual alpha', cells.find((cell) => cell.k === k && cell.alpha === 0.5)]),
        ].map(([name, { k, alpha, measured }]) => [
          name,
          k,
          alpha,
          measured.toFixed(4),
          (measured ** (1 / k)).toFixed(4),
        ]),
      ),
    },
  };
}
