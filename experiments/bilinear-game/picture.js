import { axis, panelTitle } from '../../tools/chart-parts.js';
import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { greatestAlpha } from './theory.js';

const width = 0.05;

export function drawGame({ lr, cells, paths }) {
  const lastK = cells.at(-1).k;
  const boundary = Array.from({ length: 10 * lastK + 1 }, (_, i) => 0.5 + i / 10).map((k) => [k, greatestAlpha(lr, k)]);
  return draw(1080, 520, {
    title: [
      { text: 'Bilinear game x y: where Lookahead converges', left: 'center', top: 8 },
      ...[
        [`Both players, lr = ${lr}, ${paths[0].steps} steps each`, 260],
        ['Growth per cycle, measured (black line: theory, 1)', 720],
      ].map(([text, left]) => panelTitle(text, left, 48)),
    ],
    legend: { data: paths.map(({ name }) => name), left: 170, top: 72, textStyle: { fontSize: 12 } },
    grid: [
      { left: 90, width: 340, top: 100, height: 340 },
      { left: 540, width: 400, top: 100, height: 340 },
    ],
    visualMap: {
      type: 'continuous',
      seriesIndex: paths.length,
      dimension: 2,
      min: 0.5,
      max: 1.5,
      precision: 1,
      right: 20,
      top: 'center',
      itemHeight: 260,
      text: ['diverges\n1.5 or more', '0.5 or less\nconverges'],
      // No grey in the middle, because readers want to see on which side of 1 a value is.
      inRange: { color: ['#053061', '#2166ac', '#92c5de', '#f7f7f7', '#f4a582', '#b2182b', '#67001f'] },
    },
    xAxis: [
      axis('x', { gridIndex: 0, min: -4, max: 4 }),
      axis('k, fast steps per merge', {
        gridIndex: 1,
        min: 0.5,
        max: lastK + 0.5,
        axisLabel: { customValues: [1, 5, 10, 15, 20, 25, 30, 35, 40] },
        splitLine: { show: false },
      }),
    ],
    yAxis: [
      axis('y', { gridIndex: 0, min: -4, max: 4 }),
      axis('α, step of the slow weights', {
        gridIndex: 1,
        min: width / 2,
        max: 1 + width / 2,
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
        symbolSize: 4,
        lineStyle: { width: 1.5 },
      })),
      {
        type: 'custom',
        xAxisIndex: 1,
        yAxisIndex: 1,
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
      {
        type: 'line',
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: boundary,
        symbol: 'none',
        color: '#000',
        lineStyle: { width: 2 },
        clip: true,
      },
    ],
  });
}
