import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, inPanel, legend, panelGrid, titleOver } from '../panels.js';
import { mean } from '../statistics.js';

/** Adam, and the Lookahead with the paper's settings, each at its own best rate: every seed, and their mean. */
export function drawLosses(trainers) {
  const curves = trainers.slice(0, 2).map((trainer) => ({
    ...trainer,
    label: `${trainer.name}, lr ${trainer.best.lr}`,
    color: trainer.isAlone ? trainingColors.alone : trainingColors.slow,
  }));
  const [training, validation] = panelGrid(2, { left: 100, width: 410, between: 120, top: 160, height: 330 });
  const nats = (gridIndex) => axis('nats per character', { gridIndex, scale: true, nameGap: 54 });
  return draw(1080, 590, {
    title: [
      heading('Language model on a short text: five seeds (faint) and their mean (bold)'),
      titleOver(training, 'Training loss, without weight drop'),
      titleOver(validation, 'Validation loss'),
    ],
    legend: legend(curves.map(({ label }) => label)),
    grid: [training, validation],
    xAxis: [0, 1].map((gridIndex) => axis('step', { gridIndex, interval: 400 })),
    yAxis: [nats(0), { ...nats(1), max: 2.6 }],
    series: curves.flatMap((curve) => [...lines(0, curve, 'training'), ...lines(1, curve, 'validation')]),
  });
}

function lines(panel, { steps, best: { runs }, color, label }, column) {
  const line = (losses, lineStyle) => ({
    ...inPanel(panel),
    type: 'line',
    symbol: 'none',
    color,
    lineStyle,
    data: steps.map((step, i) => [step, losses[i]]),
  });
  const average = steps.map((_, i) => mean(runs.map((run) => run[column][i])));
  return [
    ...runs.map((run) => line(run[column], { width: 1.5, opacity: 0.3 })),
    { ...line(average, { width: 3 }), name: label },
  ];
}
