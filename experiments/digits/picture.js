import { palette, trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, inPanel, legend, panelGrid, titleOver } from '../panels.js';
import { mean } from '../statistics.js';

const kinds = [
  { name: 'alone', color: trainingColors.alone, is: ({ isAlone }) => isAlone },
  { name: 'in Lookahead, α = 0.8', color: trainingColors.slow, is: ({ alpha }) => alpha === 0.8 },
  { name: 'in Lookahead, α = 0.5', color: palette.pink, is: ({ alpha }) => alpha === 0.5 },
];

/** Accuracy over the epochs at the best rate of each, and after the last one over the rates: means of all seeds. */
export function drawAccuracy(trainers) {
  const optimizers = ['momentum', 'adam'];
  const panels = panelGrid(4, { left: 110, width: 400, between: 120, top: 150, height: 300, below: 150 });
  const titles = [
    'SGD with momentum: over the epochs',
    'Adam: over the epochs',
    'over the learning rates',
    'over the learning rates',
  ];
  const of = (optimizer, { is }) => trainers.find((trainer) => trainer.optimizer === optimizer && is(trainer));
  const line = (panel, { name, color }, data) => ({
    ...inPanel(panel),
    type: 'line',
    name,
    color,
    symbolSize: 6,
    lineStyle: { width: 2.5 },
    data,
  });
  const overEpochs = ({ runs }) =>
    runs[0].accuracy.map((_, epoch) => [epoch + 1, 100 * mean(runs.map(({ accuracy }) => accuracy[epoch]))]);
  const overRates = ({ byRate }) =>
    byRate.filter(({ accuracy }) => accuracy !== -Infinity).map(({ lr, accuracy }) => [lr, 100 * accuracy]);
  return draw(1080, 990, {
    title: [
      heading('2,000 digits of MNIST: accuracy on others, in %'),
      ...panels.map((panel, i) => titleOver(panel, titles[i])),
    ],
    legend: legend(kinds.map(({ name }) => name)),
    grid: panels,
    xAxis: panels.map((_, gridIndex) =>
      gridIndex < 2
        ? axis('epoch', { gridIndex, min: 0, max: 20 })
        : axis('learning rate', { gridIndex, type: 'log', min: 'dataMin', max: 'dataMax' }),
    ),
    yAxis: panels.map((_, gridIndex) => axis('%', { gridIndex, min: 90, max: 96, nameGap: 60 })),
    series: optimizers.flatMap((optimizer, i) =>
      kinds.flatMap((kind) => {
        const trainer = of(optimizer, kind);
        return [line(i, kind, overEpochs(trainer.best)), line(i + 2, kind, overRates(trainer))];
      }),
    ),
  });
}
