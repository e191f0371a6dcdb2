import { palette, trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, inPanel, legendRows, line, marks, panelGrid, theoryAndMarks, titleOver } from '../panels.js';
import { contraction, fastVarianceRatio, relativeError, sgdVariance, varianceRatio } from './theory.js';

const dashes = { 1: 'solid', 5: 'solid', 10: 'dashed', 20: 'dotted' };
const colorOf = { 0.2: palette.pink, 0.5: trainingColors.slow, 0.8: palette.orange, 1: trainingColors.alone };
const symbols = { 1: 'rect', 5: 'circle', 10: 'triangle', 20: 'diamond' };
const range = (from, to, count) => Array.from({ length: count + 1 }, (_, i) => from + ((to - from) * i) / count);
const cycleShown = { lr: 0.25, k: 20, alpha: 0.5 };
const pricesShown = [
  { k: 1, alpha: 1 },
  { k: 5, alpha: 0.5 },
  { k: 20, alpha: 0.5 },
  { k: 20, alpha: 0.2 },
];
const nameOf = ({ k, alpha }) => (k === 1 ? 'SGD' : `k = ${k}, α = ${alpha}`);
const styleOf = ({ k, alpha }) => ({
  name: nameOf({ k, alpha }),
  color: colorOf[alpha],
  dash: dashes[k],
  symbol: symbols[k],
});
const halvingSteps = (k, shrinks) => (k * Math.log(0.5)) / Math.log(shrinks);

export function drawVariances(cells, trajectories) {
  const lookaheads = cells.filter(({ lr, k }) => lr === cells[0].lr && k > 1).map(({ k, alpha }) => ({ k, alpha }));
  const cellsOf = (lookahead) => cells.filter(({ k, alpha }) => k === lookahead.k && alpha === lookahead.alpha);

  const ratios = lookaheads.flatMap((lookahead) => {
    const curve = range(0.02, 1.6, 30).map((lr) => [lr, varianceRatio(lr, lookahead)]);
    const measured = cellsOf(lookahead).map(({ lr, slowVariance }) => [lr, slowVariance / sgdVariance(lr)]);
    const deviations = cellsOf(lookahead).map(({ lr, z }) => [lr, z]);
    const style = styleOf(lookahead);
    return [...theoryAndMarks(0, style, curve, measured), marks(1, style, deviations)];
  });

  const shown = cellsOf(cycleShown).find(({ lr }) => lr === cycleShown.lr);
  const steps = range(0, shown.k, shown.k);
  const expected = [...steps.map((j) => fastVarianceRatio(shown.lr, shown, j)), varianceRatio(shown.lr, shown)];
  const measured = [...shown.fastVariances, shown.slowVariance].map((variance) => variance / sgdVariance(shown.lr));
  // The merge comes at the last step and is not a step itself.
  const atStep = (values, first) => values.map((value, i) => [Math.min(i + first, shown.k), value]);
  const ofFast = { ...styleOf(shown), name: undefined, color: trainingColors.fast, symbolSize: 6 };
  const inCycle = [
    line(2, ofFast, atStep(expected, 0)),
    marks(2, ofFast, atStep(measured, 1)),
    errorBars(2, atStep(measured, 1), 2 * relativeError(trajectories)),
  ];

  const price = pricesShown.flatMap((lookahead) => {
    const curve = range(Math.log(0.02), Math.log(0.75), 30).map((logarithm) => {
      const lr = Math.exp(logarithm);
      const variance = sgdVariance(lr) * varianceRatio(lr, lookahead);
      return [variance, halvingSteps(lookahead.k, contraction(lr, lookahead))];
    });
    const marked = cellsOf(lookahead)
      .filter(({ lr }) => lr < 1)
      .map((cell) => [cell.slowVariance, halvingSteps(cell.k, cell.contraction)]);
    return theoryAndMarks(3, styleOf(lookahead), curve, marked);
  });

  const names = ['SGD', ...lookaheads.map(nameOf)];
  const grid = panelGrid(4, { top: 215, below: 170 });
  return draw(1080, 1070, {
    title: [
      heading('Noisy quadratic: closed form (lines) and simulation (marks)'),
      ...[
        'Stationary variance\nof the slow weights',
        'Its deviation\nfrom the closed form',
        `Fast weights in a cycle:\n${nameOf(shown)}, lr a = ${shown.lr}`,
        'What the lower variance costs\n(one coordinate)',
      ].map((text, i) => titleOver(grid[i], text)),
    ],
    legend: legendRows([names.slice(0, 4), names.slice(4, 7), names.slice(7)], 46, 28),
    grid,
    xAxis: [
      axis('learning rate × curvature, lr a', { gridIndex: 0, min: 0, max: 1.6, interval: 0.4 }),
      axis('learning rate × curvature, lr a', {
        gridIndex: 1,
        min: 0,
        max: 1.6,
        interval: 0.4,
        axisLine: { onZero: false },
      }),
      axis('steps since the merge, up to the next', { gridIndex: 2, min: 0, max: shown.k }),
      axis('stationary variance / σ²', { gridIndex: 3, type: 'log', min: 0.001, max: 1 }),
    ],
    yAxis: [
      axis('V Lookahead / V SGD', { gridIndex: 0, min: 0, max: 1, nameGap: 50 }),
      axis('z, in standard errors', { gridIndex: 1, min: -4, max: 4 }),
      axis('V / V SGD (± 2 standard errors)', { gridIndex: 2, min: 0, max: 1.2, nameGap: 50 }),
      axis('steps to halve the distance', { gridIndex: 3, type: 'log', min: 0.5, max: 200, nameGap: 56 }),
    ],
    series: [...ratios, ...inCycle, ...price],
  });
}

function errorBars(panel, data, relative) {
  return {
    ...inPanel(panel),
    type: 'custom',
    data,
    renderItem: (_params, api) => {
      const [x, y] = [api.value(0), api.value(1)];
      const [[px, from], [, to]] = [api.coord([x, y * (1 - relative)]), api.coord([x, y * (1 + relative)])];
      return { type: 'line', shape: { x1: px, x2: px, y1: from, y2: to }, style: { stroke: '#222', lineWidth: 1.5 } };
    },
  };
}
