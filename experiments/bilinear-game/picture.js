import { comparisonColors, trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, colourKey, heading, inPanel, legend, line, titleOver } from '../panels.js';
import { greatestAlpha } from './theory.js';

const width = 0.05;

export function drawGame({ lr, cells, paths }) {
  const lastK = cells.at(-1).k;
  const boundary = Array.from({ length: 10 * lastK + 1 }, (_, i) => 0.5 + i / 10).map((k) => [k, greatestAlpha(lr, k)]);
  const grid = [
    { left: 80, width: 380, top: 135, height: 380 },
    { left: 570, width: 400, top: 135, height: 380 },
  ];
  return draw(1140, 610, {
    title: [
      heading('Bilinear game x y: where Lookahead converges'),
      titleOver({ ...grid[0], top: 110 }, `Both players, lr = ${lr}, ${paths[0].steps} steps`),
      titleOver(grid[1], 'Growth per cycle, measured\n(black line: theory, 1)'),
    ],
    legend: legend(
      paths.map(({ name }) => name),
      { left: 95, top: 98 },
    ),
    grid,
    visualMap: colourKey({
      seriesIndex: paths.length,
      dimension: 2,
      min: 0.5,
      max: 1.5,
      right: 12,
      top: 160,
      itemHeight: 250,
      text: ['diverges:\n1.5 or more', 'converges:\n0.5 or less'],
      // No grey in the middle, because readers want to see on which side of 1 a value is.
      inRange: { color: comparisonColors },
    }),
    xAxis: [
      axis('x', { gridIndex: 0, min: -4, max: 4, interval: 2 }),
      axis('k, fast steps per merge', {
        gridIndex: 1,
        min: 0.5,
        max: lastK + 0.5,
        axisLabel: { customValues: [1, 10, 20, 30, 40] },
        splitLine: { show: false },
      }),
    ],
    yAxis: [
      axis('y', { gridIndex: 0, min: -4, max: 4, interval: 2 }),
      axis('α, step of the slow weights', {
        gridIndex: 1,
        min: width / 2,
        max: 1 + width / 2,
        nameGap: 50,
        axisLabel: { customValues: [0.2, 0.4, 0.6, 0.8, 1] },
        splitLine: { show: false },
      }),
    ],
    series: [
      ...paths.map(({ name, path, lookahead }) => ({
        type: 'line',
        name,
        data: path,
        color: lookahead ? trainingColors.slow : trainingColors.alone,
        symbol: 'circle',
        symbolSize: 5,
        lineStyle: { width: 2 },
      })),
      {
        ...inPanel(1),
        type: 'custom',
        data: cells.map(({ k, alpha, measured }) => [k, alpha, measured]),
        renderItem(_params, api) {
          const [k, alpha] = [api.value(0), api.value(1)];
          const [left, top] = api.coord([k - 0.5, alpha + width / 2]);
          const [right, bottom] = api.coord([k + 0.5, alpha - width / 2]);
          return {
            type: 'rect',
            shape: { x: left, y: top, width: right - left, height: bottom - top },
            style: { fill: api.visual('color') },
          };
        },
      },
      line(1, { color: '#000', width: 2.5 }, boundary),
    ],
  });
}
