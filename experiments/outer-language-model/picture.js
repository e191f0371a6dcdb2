import { slowStepColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, inPanel, legendRows, marks, panelGrid, titleOver } from '../panels.js';
import { mean } from '../statistics.js';
import { evaluateAt, ks, slowSteps } from './settings.js';

const greatestLoss = 2;
const lastLoss = ({ training }) => training?.at(-1) ?? Number.POSITIVE_INFINITY;

export function drawOuterOptimizers(entries) {
  const steps = evaluateAt.at(-1);
  const panels = panelGrid(ks.length, { columns: 3, left: 95, width: 280, between: 50, top: 190, height: 330 });
  const atEnd = { left: 370, width: 650, top: 690, height: 420 };
  const rates = entries.flatMap(({ learningRates }) => learningRates);
  const sweeps = ks.flatMap((k, panel) =>
    entries
      .filter((entry) => entry.k === k || entry.k === null)
      .map(({ title, slowStep, sweep }) => ({
        ...inPanel(panel),
        type: 'line',
        name: title,
        color: slowStepColors[slowStep],
        symbol: 'circle',
        symbolSize: 9,
        lineStyle: { width: 3 },
        data: sweep.map((run) => [run.lr, lastLoss(run) < greatestLoss ? lastLoss(run) : null]),
      })),
  );
  const shownRates = [0.007, 0.028, 0.112];
  return draw(1080, 1190, {
    title: [
      heading(`Language model: training loss after ${steps} steps, by slow step`),
      ...ks.map((k, i) => titleOver(panels[i], `k = ${k}, one seed`)),
      titleOver(
        atEnd,
        'Three seeds and their mean: at the best learning rate (filled)\nand at twice that rate (hollow)',
      ),
    ],
    legend: legendRows(
      [
        [slowSteps.alone.title, slowSteps.sgd.title],
        [slowSteps.diloco.title, slowSteps.snoo.title],
      ],
      48,
    ),
    grid: [...panels, atEnd],
    xAxis: [
      ...panels.map((_, gridIndex) =>
        axis('learning rate of Adam', {
          gridIndex,
          type: 'log',
          min: Math.min(...rates),
          max: Math.max(...rates),
          splitLine: { show: false },
          axisTick: { customValues: shownRates },
          axisLabel: { customValues: shownRates },
        }),
      ),
      axis('nats per character', { gridIndex: panels.length, scale: true }),
    ],
    yAxis: [
      ...panels.map((_, gridIndex) =>
        axis(gridIndex === 0 ? 'nats per character' : '', {
          gridIndex,
          min: 1.2,
          max: greatestLoss,
          interval: 0.2,
          nameGap: 50,
        }),
      ),
      axis('', {
        gridIndex: panels.length,
        type: 'category',
        inverse: true,
        data: entries.map(({ title, k }) => (k ? `${title}, k = ${k}` : title)),
      }),
    ],
    series: [
      ...sweeps,
      ...entries.flatMap(({ slowStep, atBest, atTwice }, i) => [
        ...atEndOf(panels.length, i, atBest, slowStepColors[slowStep], true),
        ...atEndOf(panels.length, i, atTwice, slowStepColors[slowStep], false),
      ]),
    ],
  });
}

function atEndOf(panel, category, runs, color, isFilled) {
  const losses = runs.map(lastLoss);
  const itemStyle = { color: isFilled ? color : '#fff', borderColor: color, borderWidth: 2, opacity: 1 };
  const inRow = (values) => values.map((loss) => [loss, category]);
  return [
    marks(panel, { symbol: 'rect', symbolSize: [5, 28] }, inRow([mean(losses)])),
    marks(panel, { symbolSize: 9 }, inRow(losses)),
  ].map((series) => ({ ...series, itemStyle }));
}
