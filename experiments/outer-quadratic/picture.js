import { slowStepColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, legendRows, line, panelGrid, theoryAndMarks, titleOver } from '../panels.js';
import { spectrumOf } from '../quadratic/settings.js';
import { outers, panels } from './settings.js';
import { ratePerStep, stationaryLoss, stationaryVariance } from './theory.js';

const symbols = { alone: 'rect', sgd: 'circle', heavyBall: 'triangle', diloco: 'diamond', snoo: 'emptyCircle' };

const styleOf = (name) => ({
  name: outers[name].title,
  color: slowStepColors[name],
  symbol: symbols[name],
  symbolSize: 11,
  width: 2.5,
});

/** In two rows, since they are long. */
function legends(names) {
  const titles = names.map((name) => outers[name].title);
  return legendRows([titles.slice(0, 3), titles.slice(3)], 48);
}

export function drawRates(rates) {
  const names = Object.keys(outers);
  const grid = panelGrid(4, { top: 180, below: 140 });
  const series = Object.entries(panels).flatMap(([panel, { varies, curve, settings }], i) =>
    names.flatMap((name) => {
      const { outer } = outers[name];
      const computed = curve.map((place) => {
        const { condition, ...rest } = settings(place, outer);
        return [place, positive(1 - ratePerStep(spectrumOf(condition), { ...rest, outer }))];
      });
      const measured = rates
        .filter((cell) => cell.panel === panel && cell.name === name)
        .map((cell) => [cell[varies], positive(-Math.expm1(-cell.decay))]);
      return theoryAndMarks(i, styleOf(name), computed, measured);
    }),
  );
  return draw(1080, 1000, {
    title: [
      heading('Outer momentum, no noise: theory (lines) and measured (marks)'),
      ...Object.values(panels).map(({ title }, i) => titleOver(grid[i], title)),
    ],
    legend: legends(names),
    grid,
    xAxis: Object.values(panels).map(({ varies, curve }, gridIndex) =>
      varies === 'condition'
        ? axis('condition number κ', {
            gridIndex,
            type: 'log',
            min: curve[0],
            max: curve.at(-1),
            axisLabel: { customValues: [10, 100, 1000, 10_000] },
          })
        : axis('learning rate inside', { gridIndex, min: 0, max: 2, interval: 0.5 }),
    ),
    yAxis: grid.map((_, gridIndex) =>
      axis(gridIndex % 2 === 0 ? '1 − ρ per step' : '', {
        gridIndex,
        type: 'log',
        min: 1e-5,
        max: 1,
        nameGap: 90,
        axisLabel: { customValues: [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1] },
      }),
    ),
    series,
  });
}

/** A gap where it grows. */
const positive = (speed) => (speed > 0 ? speed : null);

const priceCondition = 100;
const priceK = 5;
const shownRates = Array.from({ length: 61 }, (_, i) => 0.01 * 150 ** (i / 60));

export function drawVariances(variances) {
  const names = Object.keys(outers);
  const ahead = names.filter((name) => outers[name].outer);
  const grid = panelGrid(4, { top: 205, below: 165 });
  const ratios = [5, 20].flatMap((k, panel) =>
    ahead.flatMap((name) => {
      const { outer } = outers[name];
      const ratio = (variance, lr) => variance / stationaryVariance({ lr });
      const computed = Array.from({ length: 60 }, (_, i) => 0.03 * (i + 1))
        .filter((lr) => lr <= 1.6)
        .map((lr) => [lr, ratio(stationaryVariance({ lr, k, outer }), lr)]);
      const measured = variances
        .filter((cell) => cell.name === name && cell.k === k)
        .map(({ lr, slowVariance }) => [lr, ratio(slowVariance, lr)]);
      return theoryAndMarks(panel, styleOf(name), computed, measured);
    }),
  );
  const prices = [1, priceCondition].flatMap((condition, i) =>
    names.map((name) => {
      const spectrum = condition === 1 ? [1] : spectrumOf(condition);
      const data = shownRates.map((lr) => {
        const settings = { lr, k: priceK, outer: outers[name].outer };
        return [stationaryLoss(spectrum, settings), Math.log(0.5) / Math.log(ratePerStep(spectrum, settings))];
      });
      return line(2 + i, styleOf(name), data);
    }),
  );
  const price = (text) => `${text},\nk = ${priceK}, over lr a from ${shownRates[0]} to ${shownRates.at(-1)}`;
  return draw(1080, 1050, {
    title: [
      heading('Outer momentum with noise: closed form (lines) and measured (marks)'),
      ...[
        'Variance of the slow weights,\nk = 5',
        'Variance of the slow weights,\nk = 20',
        price('Noise and speed: one coordinate'),
        price(`Noise and speed: κ = ${priceCondition}`),
      ].map((text, i) => titleOver(grid[i], text)),
    ],
    legend: legends(names),
    grid,
    xAxis: [
      ...[0, 1].map((gridIndex) =>
        axis('learning rate × curvature, lr a', { gridIndex, min: 0, max: 1.6, interval: 0.4 }),
      ),
      ...[2, 3].map((gridIndex) =>
        axis('loss left by the noise / ½ σ² Σ a', { gridIndex, type: 'log', min: 0.001, max: 10 }),
      ),
    ],
    yAxis: [
      ...[0, 1].map((gridIndex) =>
        axis(gridIndex === 0 ? 'V / V of SGD alone' : '', { gridIndex, min: 0, max: 7, nameGap: 50 }),
      ),
      axis('steps to halve the distance', { gridIndex: 2, type: 'log', min: 0.1, max: 1000, nameGap: 66 }),
      axis('', { gridIndex: 3, type: 'log', min: 10, max: 10_000 }),
    ],
    series: [...ratios, ...prices],
  });
}
