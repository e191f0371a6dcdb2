import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { axis, heading, legend, line, marks, panelGrid, titleOver } from '../panels.js';
import { mean } from '../statistics.js';

const nats = (options) => axis('nats per character', { scale: true, nameGap: 54, ...options });

export function drawLosses(trainers) {
  const [alone, ahead] = trainers;
  const curves = [
    { trainer: alone, color: trainingColors.alone, name: alone.name, column: 'fastValidation' },
    { trainer: ahead, color: trainingColors.slow, name: `${ahead.name}: slow weights`, column: 'slowValidation' },
    { trainer: ahead, color: trainingColors.fast, name: 'fast weights', column: 'fastValidation' },
  ];
  const [batches, validation] = panelGrid(2, { left: 100, width: 410, between: 120, top: 160, height: 330 });
  const atEnd = { left: 430, width: 600, top: 650, height: 360 };
  return draw(1080, 1090, {
    title: [
      heading(`Language model: ${alone.runs.length} seeds (faint, dots) and their mean (bold, bars)`),
      titleOver(batches, 'Loss of the batches, with weight drop'),
      titleOver(validation, 'Validation loss'),
      titleOver(atEnd, 'Validation loss after the last step'),
    ],
    legend: legend(
      curves.map(({ name }) => name),
      { itemGap: 100 },
    ),
    grid: [batches, validation, atEnd],
    xAxis: [
      axis('step', { gridIndex: 0, interval: 400 }),
      axis('step', { gridIndex: 1, interval: 400 }),
      nats({ gridIndex: 2, nameGap: 38 }),
    ],
    yAxis: [
      nats({ gridIndex: 0 }),
      nats({ gridIndex: 1 }),
      axis('', { gridIndex: 2, type: 'category', inverse: true, data: trainers.map(({ name }) => name) }),
    ],
    series: [
      // The loss of a batch is that of the fast weights.
      ...[curves[0], curves[2]].flatMap((curve) => lines(0, { ...curve, column: 'batch' })),
      ...curves.flatMap((curve) => lines(1, curve)),
      ...trainers.flatMap(({ isAlone, runs }, i) => [
        ...(isAlone ? [] : atEndOf(i, runs, trainingColors.fast, 'fastValidation')),
        ...atEndOf(i, runs, isAlone ? trainingColors.alone : trainingColors.slow, 'slowValidation'),
      ]),
    ],
  });
}

export function drawTimes(trainers) {
  const curves = trainers.map((trainer) => ({
    trainer,
    name: trainer.name,
    color: trainer.isAlone ? trainingColors.alone : trainingColors.slow,
    column: 'slowValidation',
  }));
  return draw(900, 560, {
    title: heading('Language model: validation loss over time of training'),
    legend: legend(curves.map(({ name }) => name)),
    grid: { left: 100, right: 40, top: 100, bottom: 80 },
    xAxis: axis('seconds of training, evaluations left out'),
    yAxis: nats(),
    series: curves.flatMap((curve) => lines(0, curve, ({ seconds }) => seconds)),
  });
}

/** Every seed in faint lines, and their mean. */
export function lines(panel, { trainer, color, name, column }, placesOf = ({ steps }) => steps) {
  const average = trainer.runs[0][column].map((_, i) => [
    mean(trainer.runs.map((run) => placesOf(run)[i])),
    mean(trainer.runs.map((run) => run[column][i])),
  ]);
  return [
    ...trainer.runs.map((run) =>
      line(
        panel,
        { color, width: 1.5, opacity: 0.3 },
        run[column].map((loss, i) => [placesOf(run)[i], loss]),
      ),
    ),
    line(panel, { name, color, width: 3 }, average),
  ];
}

function atEndOf(category, runs, color, column) {
  const losses = runs.map((run) => run[column].at(-1));
  const inRow = (values) => values.map((loss) => [loss, category]);
  return [
    marks(2, { color, symbolSize: 7 }, inRow(losses)),
    marks(2, { color, symbol: 'rect', symbolSize: [3, 26] }, inRow([mean(losses)])),
  ];
}
