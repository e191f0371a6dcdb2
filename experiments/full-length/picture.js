import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, inPanel, legend, panelGrid, titleOver } from '../panels.js';
import { mean } from '../statistics.js';

/** The rate of the picture, at which the two end apart in the way that was reported. */
const RATE = 0.01;

/** Adam, and Lookahead with the default settings around it, at one rate: every seed, and their mean. */
export function drawLosses(trainers) {
  const curves = trainers.slice(0, 2).map(({ name, isAlone, steps, byRate }) => ({
    steps,
    runs: byRate.find(({ lr }) => lr === RATE).runs,
    label: `${name}, lr ${RATE}`,
    color: isAlone ? trainingColors.alone : trainingColors.slow,
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

function lines(panel, { steps, runs, color, label }, column) {
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
