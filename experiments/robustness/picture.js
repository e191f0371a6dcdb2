import { axis, legend, panelTitle } from '../../tools/chart-parts.js';
import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { mean } from '../statistics.js';
import { alphas, findCell, inners, ks, mapLearningRates, usual } from './settings.js';

const titleOf = { alone: 'alone', ahead: `with Lookahead, k = ${usual.k}, α = ${usual.alpha}` };

/** Runs that diverge are shown at the edge, because otherwise all others would be squeezed into a line. */
const greatestLoss = 3;

export function drawRobustness(cells) {
  const curves = Object.entries(inners).flatMap(([optimizer, { learningRates }], panel) =>
    [
      { name: titleOf.alone, color: trainingColors.alone, lookahead: {} },
      { name: titleOf.ahead, color: trainingColors.slow, lookahead: usual },
    ].flatMap(({ name, color, lookahead }) =>
      lines(
        panel,
        name,
        color,
        learningRates.map((lr) => findCell(cells, { optimizer, lr, ...lookahead })),
      ),
    ),
  );
  const maps = mapLearningRates.map((lr, i) => {
    const losses = ks.flatMap((k, column) =>
      alphas.map((alpha, row) => [column, row, loss(findCell(cells, { optimizer: 'adam', lr, k, alpha }))]),
    );
    return {
      type: 'heatmap',
      xAxisIndex: 2 + i,
      yAxisIndex: 2 + i,
      data: losses.map(([column, row, value]) => [column, row, value ?? '-']),
      label: { show: true, formatter: ({ value }) => value[2].toFixed?.(2) ?? 'diverges' },
    };
  });
  const mapped = maps.flatMap(({ data }) => data.map(([, , value]) => value)).filter(Number.isFinite);
  return draw(1080, 800, {
    title: [
      { text: 'Training loss after 480 steps, over the learning rate, k and α', left: 'center', top: 8 },
      ...[
        ...Object.values(inners).map(
          ({ title }) => `${title}: three seeds and their mean; triangles: above ${greatestLoss}`,
        ),
        ...mapLearningRates.map((lr) => {
          const alone = loss(findCell(cells, { optimizer: 'adam', lr }));
          return `Adam with Lookahead at learning rate ${lr} (alone: ${alone.toFixed(2)})`;
        }),
      ].map((text, i) => panelTitle(text, i % 2 === 0 ? 290 : 835, i < 2 ? 75 : 450)),
    ],
    legend: legend(Object.values(titleOf)),
    grid: [0, 1, 2, 3].map((i) => ({ left: i % 2 === 0 ? 75 : 620, width: 430, top: i < 2 ? 100 : 475, height: 260 })),
    visualMap: {
      show: false,
      seriesIndex: maps.map((_, i) => curves.length + i),
      dimension: 2,
      min: Math.min(...mapped),
      max: Math.max(...mapped),
      inRange: { color: ['#56b4e9', '#f7f7f7', '#e69f00'] },
    },
    xAxis: [
      ...Object.values(inners).map(({ learningRates }, gridIndex) =>
        axis('learning rate', {
          gridIndex,
          type: 'log',
          min: learningRates[0],
          max: learningRates.at(-1),
          axisLabel: { customValues: learningRates },
        }),
      ),
      ...mapLearningRates.map((_, i) =>
        axis('k, fast steps per merge', { gridIndex: 2 + i, type: 'category', data: ks }),
      ),
    ],
    yAxis: [
      ...Object.keys(inners).map((_, gridIndex) =>
        axis('nats per character', { gridIndex, scale: true, max: greatestLoss }),
      ),
      ...mapLearningRates.map((_, i) => axis('α', { gridIndex: 2 + i, type: 'category', data: alphas })),
    ],
    series: [...curves, ...maps],
  });
}

const isInside = (value) => value !== null && value < greatestLoss;
const loss = ({ training }) => (training.includes(null) ? null : mean(training));

function lines(panel, name, color, cells) {
  const axes = { xAxisIndex: panel, yAxisIndex: panel };
  return [
    {
      ...axes,
      type: 'line',
      name,
      color,
      symbol: 'none',
      lineStyle: { width: 2 },
      data: cells.map((cell) => [cell.lr, isInside(loss(cell)) ? loss(cell) : null]),
    },
    {
      ...axes,
      type: 'scatter',
      itemStyle: { color, opacity: 1 },
      data: cells.flatMap(({ lr, training }) =>
        training.map((value) =>
          isInside(value)
            ? { value: [lr, value], symbol: 'circle', symbolSize: 4 }
            : { value: [lr, greatestLoss], symbol: 'triangle', symbolSize: 8 },
        ),
      ),
    },
  ];
}
