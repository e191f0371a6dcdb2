import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { lines } from '../language-model/picture.js';
import { axis, heading, legend, panelGrid, titleOver } from '../panels.js';

/** The rate of the picture, at which the two end apart in the way that was reported. */
const RATE = 0.01;

/** Adam, and Lookahead with the default settings around it, at one rate: every seed, and their mean. */
export function drawLosses(trainers, steps) {
  const curves = trainers.slice(0, 2).map(({ name, isAlone, byRate }) => ({
    trainer: byRate.find(({ lr }) => lr === RATE),
    name: `${name}, lr ${RATE}`,
    color: isAlone ? trainingColors.alone : trainingColors.slow,
  }));
  const linesOf = (panel, column) => curves.flatMap((curve) => lines(panel, { ...curve, column }, () => steps));
  const [training, validation] = panelGrid(2, { left: 100, width: 410, between: 120, top: 160, height: 330 });
  const nats = (gridIndex) => axis('nats per character', { gridIndex, scale: true, nameGap: 54 });
  return draw(1080, 590, {
    title: [
      heading('Language model on a short text: five seeds (faint) and their mean (bold)'),
      titleOver(training, 'Training loss, without weight drop'),
      titleOver(validation, 'Validation loss'),
    ],
    legend: legend(curves.map(({ name }) => name)),
    grid: [training, validation],
    xAxis: [0, 1].map((gridIndex) => axis('step', { gridIndex, interval: 400 })),
    yAxis: [nats(0), { ...nats(1), max: 2.6 }],
    series: [...linesOf(0, 'training'), ...linesOf(1, 'validation')],
  });
}
