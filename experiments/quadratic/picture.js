import { palette, trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, legend, panelGrid, theoryAndMarks, titleOver } from '../panels.js';
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
  reset: palette.orange,
  pullback: palette.pink,
};
const symbols = { plain: 'rect', none: 'circle', reset: 'triangle', pullback: 'diamond' };
const curveConditions = Array.from({ length: 29 }, (_, i) => 10 ** (0.5 + i / 8));

export function drawRates(cells) {
  const gapWhereItGrows = (speed) => (speed > 0 ? speed : null);
  const series = Object.entries(inners).flatMap(([inner, { variants: mine, optimizer }], panel) =>
    mine.flatMap((variant) => {
      const curve = curveConditions.map((condition) => {
        const rate = ratePerStep(spectrumOf(condition), optimizer(condition, variants[variant]), variants[variant]);
        return [condition, gapWhereItGrows(1 - rate)];
      });
      const measured = cells
        .filter((cell) => cell.inner === inner && cell.variant === variant)
        .map(({ condition, decay }) => [condition, gapWhereItGrows(-Math.expm1(-decay))]);
      const style = { name: names[variant], color: colors[variant], symbol: symbols[variant] };
      return theoryAndMarks(panel, style, curve, measured);
    }),
  );
  const grid = panelGrid(4, { top: 170, below: 160 });
  return draw(1080, 1010, {
    title: [
      heading('Quadratic: ρ of the cycle in theory (lines) and measured (marks)'),
      ...Object.values(inners).map(({ title }, i) => titleOver(grid[i], title)),
    ],
    legend: legend(Object.values(names)),
    grid,
    xAxis: grid.map((_, gridIndex) =>
      axis('condition number κ', {
        gridIndex,
        type: 'log',
        min: 10 ** 0.5,
        max: 10_000,
        axisLabel: { customValues: [10, 100, 1000, 10_000] },
      }),
    ),
    yAxis: grid.map((_, gridIndex) =>
      axis(gridIndex % 2 === 0 ? '1 − ρ per step (none where it grows)' : '', {
        gridIndex,
        type: 'log',
        min: 5e-5,
        max: 1,
        nameGap: 82,
        axisLabel: { customValues: [1e-4, 1e-3, 1e-2, 0.1, 1] },
      }),
    ),
    series,
  });
}
