import { comparisonColors, trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, colourKey, heading, inPanel, labelStyle, legend, line, panelGrid, titleOver } from '../panels.js';
import { mean } from '../statistics.js';
import { goodRates, tolerance } from './good-rates.js';
import { alphas, findCell, inners, ks, mapLearningRates, usual } from './settings.js';

const kinds = [
  { name: 'alone', color: trainingColors.alone, lookahead: {} },
  { name: `with Lookahead, k = ${usual.k}, α = ${usual.alpha}`, color: trainingColors.slow, lookahead: usual },
];
/** Runs that diverge are shown at the edge, because otherwise all others would be squeezed into a line. */
const losses = { least: 1, greatest: 2.6 };
/** The heights of the bars below the curves. */
const barsAt = [1.17, 1.07];

/** @param optimizers of `inners`, each in a panel of its own. */
export function drawRates(cells, optimizers) {
  const curves = optimizers.map((optimizer) =>
    kinds.map(({ lookahead }) =>
      inners[optimizer].learningRates.map((lr) => findCell(cells, { optimizer, lr, ...lookahead })),
    ),
  );
  const isAbove = curves.flat(2).some(({ training }) => !training.every(isInside));
  const marked = [{ name: goodName, icon: 'rect' }, ...(isAbove ? [{ name: aboveName, icon: 'triangle' }] : [])];
  const grid = panelGrid(optimizers.length, { top: 215, height: 390, left: 95, width: 440, between: 75 });
  const titles = optimizers.map((optimizer, i) => {
    const [alone, ahead] = curves[i].map((curve) => middle(goodRates(curve)));
    return `${inners[optimizer].title}: the good rates\nlie ${(ahead / alone).toFixed(1)} times as high with Lookahead`;
  });
  return draw(50 + 515 * optimizers.length, 690, {
    title: [heading('Training loss over the learning rate'), ...titles.map((text, i) => titleOver(grid[i], text))],
    legend: [
      legend(kinds.map(({ name }) => name)),
      legend(marked, { top: 84, itemGap: 90, itemHeight: 12, itemStyle: { color: '#888', opacity: 1 } }),
    ],
    grid,
    xAxis: optimizers.map((optimizer, gridIndex) => {
      const { learningRates } = inners[optimizer];
      return axis('learning rate', {
        gridIndex,
        type: 'log',
        min: learningRates[0],
        max: learningRates.at(-1),
        splitLine: { show: false },
        axisTick: { customValues: learningRates },
        axisLabel: { customValues: learningRates },
      });
    }),
    yAxis: optimizers.map((_, gridIndex) =>
      axis(gridIndex === 0 ? 'nats per character' : '', {
        gridIndex,
        min: losses.least,
        max: losses.greatest,
        interval: 0.4,
        nameGap: 50,
      }),
    ),
    series: [
      ...curves.flatMap((pair, panel) =>
        pair.flatMap((curve, i) => [...curveOf(panel, kinds[i], curve), bar(panel, kinds[i].color, barsAt[i], curve)]),
      ),
      // Entries of the legend.
      ...marked.map(({ name }) => ({ type: 'line', name, data: [] })),
    ],
  });
}

const goodName = `good rates: at most ${tolerance} above the best loss`;
const aboveName = `a run above ${losses.greatest}`;
const middle = ({ from, to }) => Math.sqrt(from * to);

const isInside = (value) => value !== null && value < losses.greatest;
const loss = ({ training }) => (training.includes(null) ? null : mean(training));

function curveOf(panel, { name, color }, curve) {
  return [
    line(
      panel,
      { name, color, width: 4 },
      curve.map((cell) => [cell.lr, isInside(loss(cell)) ? loss(cell) : null]),
    ),
    {
      ...inPanel(panel),
      type: 'scatter',
      itemStyle: { color, opacity: 1 },
      data: curve.flatMap(({ lr, training }) =>
        training.map((value) =>
          isInside(value)
            ? { value: [lr, value], symbol: 'circle', symbolSize: 7 }
            : { value: [lr, losses.greatest], symbol: 'triangle', symbolSize: 14 },
        ),
      ),
    },
  ];
}

/** Where the good rates are, with a light band up to the curves. */
function bar(panel, color, height, curve) {
  const { from, to } = goodRates(curve);
  return {
    ...inPanel(panel),
    type: 'line',
    data: [
      [from, height],
      [to, height],
    ],
    symbol: 'none',
    color,
    lineStyle: { width: 16, cap: 'butt' },
    markArea: {
      silent: true,
      itemStyle: { color, opacity: 0.1 },
      data: [[{ xAxis: from }, { xAxis: to }]],
    },
  };
}

/** Beside Adam alone, at a learning rate: what Lookahead gains or loses with each k and alpha. */
export function drawMaps(cells) {
  const maps = mapLearningRates.map((lr) => {
    const alone = loss(findCell(cells, { optimizer: 'adam', lr }));
    const differences = ks.flatMap((k, column) =>
      alphas.map((alpha, row) => {
        const ahead = loss(findCell(cells, { optimizer: 'adam', lr, k, alpha }));
        return [column, row, ahead === null ? '-' : ahead - alone];
      }),
    );
    return { lr, alone, differences };
  });
  const greatest = Math.max(
    ...maps.flatMap(({ differences }) => differences.map(([, , value]) => Math.abs(value))).filter(Number.isFinite),
  );
  const grid = panelGrid(2, { top: 150, height: 270, left: 80, width: 370, between: 85 });
  return draw(1080, 520, {
    title: [
      heading('Adam in Lookahead: training loss, less that of Adam alone'),
      ...maps.map(({ lr, alone }, i) => titleOver(grid[i], `Learning rate ${lr}\n(Adam alone: ${alone.toFixed(2)})`)),
    ],
    grid,
    visualMap: colourKey({
      seriesIndex: maps.map((_, i) => i),
      dimension: 2,
      min: -greatest,
      max: greatest,
      right: 14,
      top: 120,
      itemHeight: 220,
      text: [`alone better\n+${greatest.toFixed(2)}`, `−${greatest.toFixed(2)}\nLookahead\nbetter`],
      inRange: { color: comparisonColors },
    }),
    xAxis: maps.map((_, gridIndex) => axis('k, fast steps per merge', { gridIndex, type: 'category', data: ks })),
    yAxis: maps.map((_, gridIndex) => axis('α', { gridIndex, type: 'category', data: alphas, nameGap: 46 })),
    series: maps.map(({ differences }, i) => ({
      ...inPanel(i),
      type: 'heatmap',
      data: differences.map((value) => ({
        value,
        label: { color: Math.abs(value[2]) > 0.6 * greatest ? '#fff' : labelStyle.color },
      })),
      label: { show: true, fontSize: labelStyle.fontSize, formatter: ({ value }) => signed(value[2]) },
    })),
  });
}

function signed(value) {
  if (!Number.isFinite(value)) return 'diverges';
  const text = Math.abs(value).toFixed(2);
  return `${Number(text) === 0 ? '' : value < 0 ? '−' : '+'}${text}`;
}
