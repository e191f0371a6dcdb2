import { axis, legend, panelTitle } from '../../tools/chart-parts.js';
import { palette, trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { inners, spectrumOf, variants } from './settings.js';
import { ratePerStep } from './theory.js';

const names = {
  plain: 'alone',
  none: "Lookahead, 'none'",
  reset: "Lookahead, 'reset'",
  pullback: "Lookahead, 'pullback'",
};
const colors = {
  plain: trainingColors.alone,
  none: trainingColors.slow,
  reset: palette.green,
  pullback: palette.pink,
};
const marks = { plain: 'rect', none: 'circle', reset: 'triangle', pullback: 'diamond' };
const curveConditions = Array.from({ length: 29 }, (_, i) => 10 ** (0.5 + i / 8));

export function drawRates(cells) {
  const series = Object.entries(inners).flatMap(([inner, { variants: mine, optimizer }], panel) =>
    mine.flatMap((variant) => {
      const color = colors[variant];
      const panelOf = { xAxisIndex: panel, yAxisIndex: panel };
      const gapWhereItGrows = (rate) => (rate < 1 ? 1 - rate : null);
      const curve = curveConditions.map((condition) => {
        const rate = ratePerStep(spectrumOf(condition), optimizer(condition, variants[variant]), variants[variant]);
        return [condition, gapWhereItGrows(rate)];
      });
      const measured = cells
        .filter((cell) => cell.inner === inner && cell.variant === variant)
        .map(({ condition, rate }) => [condition, gapWhereItGrows(rate)]);
      return [
        {
          ...panelOf,
          type: 'line',
          name: names[variant],
          symbol: 'none',
          color,
          lineStyle: { width: 1.5 },
          data: curve,
        },
        {
          ...panelOf,
          type: 'scatter',
          symbol: marks[variant],
          symbolSize: 7,
          itemStyle: { color, opacity: 1 },
          data: measured,
        },
      ];
    }),
  );
  return draw(1080, 860, {
    title: [
      {
        text: 'Quadratic: spectral radius ρ of the cycle (lines) and measured rate (marks); none where it grows',
        left: 'center',
        top: 8,
      },
      ...Object.values(inners).map(({ title }, i) => panelTitle(title, i % 2 === 0 ? 290 : 835, i < 2 ? 75 : 470)),
    ],
    legend: legend(Object.values(names)),
    grid: [0, 1, 2, 3].map((i) => ({ left: i % 2 === 0 ? 75 : 620, width: 430, top: i < 2 ? 100 : 495, height: 300 })),
    xAxis: [0, 1, 2, 3].map((gridIndex) =>
      axis('condition number κ', {
        gridIndex,
        type: 'log',
        min: 10 ** 0.5,
        max: 10_000,
        axisLabel: { customValues: [10, 100, 1000, 10_000] },
      }),
    ),
    yAxis: [0, 1, 2, 3].map((gridIndex) =>
      axis('1 − ρ per step', {
        gridIndex,
        type: 'log',
        min: 5e-5,
        max: 1,
        nameGap: 46,
        axisLabel: { customValues: [1e-4, 1e-3, 1e-2, 0.1, 1] },
      }),
    ),
    series,
  });
}
