import { axis, legend, panelTitle } from '../../tools/chart-parts.js';
import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { mean } from '../statistics.js';

const namesOf = (curves) => curves.map(({ name }) => name);
const legendStyle = { top: 40, textStyle: { fontSize: 12 } };
const size = { left: [70, 430, 790], width: 280, top: 100, height: 300 };

export function drawLosses(trainers) {
  const [plain, ahead] = trainers;
  const curves = [
    { trainer: plain, color: trainingColors.alone, name: plain.name, pick: ({ fast }) => fast.validation },
    {
      trainer: ahead,
      color: trainingColors.slow,
      name: `${ahead.name}: slow weights`,
      pick: ({ slow }) => slow.validation,
    },
    { trainer: ahead, color: trainingColors.fast, name: 'fast weights', pick: ({ fast }) => fast.validation },
  ];
  const batch = ({ batch: loss }) => loss;
  const atEnd = trainers.flatMap(({ lookahead, runs }, i) => [
    ...(lookahead ? [marks(i, runs, trainingColors.fast, ({ fast }) => fast.validation)] : []),
    marks(i, runs, lookahead ? trainingColors.slow : trainingColors.alone, ({ slow }) => slow.validation),
  ]);
  return draw(1110, 530, {
    title: titles(`Language model: ${plain.runs.length} seeds (faint, dots) and their mean (bold, bars)`, [
      'Loss of the batches, with weight drop',
      'Validation loss',
      'Validation loss after the last step',
    ]),
    legend: legend(namesOf(curves), { itemGap: 60, ...legendStyle }),
    grid: size.left.map((left) => ({ left, width: size.width, top: size.top, height: size.height })),
    xAxis: [
      axis('step', { gridIndex: 0 }),
      axis('step', { gridIndex: 1 }),
      {
        gridIndex: 2,
        type: 'category',
        data: trainers.map(({ name }) => name.replace('Lookahead, ', '')),
        axisLabel: { interval: 0, rotate: 35, fontSize: 10.5, color: '#222' },
      },
    ],
    yAxis: [0, 1, 2].map((gridIndex) => axis('nats per character', { gridIndex, scale: true, nameGap: 40 })),
    series: [
      // The loss of a batch is that of the fast weights.
      ...[curves[0], curves[2]].flatMap((curve) => lines(0, { ...curve, pick: batch })),
      ...curves.flatMap((curve) => lines(1, curve)),
      ...atEnd.flat(),
    ],
  });
}

export function drawTimes(trainers) {
  const curves = trainers.map((trainer) => ({
    trainer,
    name: trainer.name,
    color: trainer.lookahead ? trainingColors.slow : trainingColors.alone,
    pick: ({ slow }) => slow.validation,
  }));
  return draw(640, 460, {
    title: titles('Language model: validation loss over time of training', []),
    legend: legend(namesOf(curves), legendStyle),
    grid: { left: 70, right: 30, top: 80, bottom: 60 },
    xAxis: axis('seconds of training, evaluations left out'),
    yAxis: axis('nats per character', { scale: true, nameGap: 40 }),
    series: curves.flatMap((curve) => lines(0, curve, ({ seconds }) => seconds)),
  });
}

/** Every seed in faint lines, and their mean. */
function lines(panel, { trainer, color, name, pick }, place = ({ step }) => step) {
  const line = (data, lineStyle) => ({
    type: 'line',
    xAxisIndex: panel,
    yAxisIndex: panel,
    symbol: 'none',
    color,
    lineStyle,
    data,
  });
  const average = trainer.runs[0].map((_, i) => {
    const column = trainer.runs.map((evaluations) => evaluations[i]);
    return [mean(column.map(place)), mean(column.map(pick))];
  });
  return [
    ...trainer.runs.map((evaluations) =>
      line(
        evaluations.map((evaluation) => [place(evaluation), pick(evaluation)]),
        { width: 1, opacity: 0.3 },
      ),
    ),
    { ...line(average, { width: 2.5 }), name },
  ];
}

function marks(category, runs, color, pick) {
  const losses = runs.map((evaluations) => pick(evaluations.at(-1)));
  const scatter = (data, symbol, symbolSize) => ({
    type: 'scatter',
    xAxisIndex: 2,
    yAxisIndex: 2,
    symbol,
    symbolSize,
    itemStyle: { color, opacity: 1 },
    data,
  });
  return [
    scatter(
      losses.map((loss) => [category, loss]),
      'circle',
      4,
    ),
    scatter([[category, mean(losses)]], 'rect', [20, 2]),
  ];
}

const titles = (text, panels) => [
  { text, left: 'center', top: 8 },
  ...panels.map((title, i) => panelTitle(title, size.left[i] + size.width / 2, 72)),
];
