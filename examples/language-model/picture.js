import { axis, panelTitle } from '../../tools/chart-parts.js';
import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { centredMeans } from './centred-means.js';

const { alone, fast, slow } = trainingColors;
/** The losses of the batches by run. They are computed with the fast weights. */
const trainingLineColors = [alone, fast];
/** By run and, within it, by the weights that are evaluated. */
const validationColors = [[alone], [fast, slow]];

/** SVG of the training losses of all runs over the steps and, beside them on the same scale, the validation losses. */
export function drawLosses({ runs }, subtitle) {
  const steps = runs[0].losses.length;
  const radius = Math.ceil(steps / 40);
  const toPoints = (losses) => losses.map((loss, i) => [i + 1, loss]);
  const validation = runs.flatMap((run, i) =>
    run.validation.map((entry, j) => ({ ...entry, color: validationColors[i][j] })),
  );
  const all = [...runs.flatMap(({ losses }) => losses), ...validation.map(({ loss }) => loss)];
  const least = all.reduce((a, b) => Math.min(a, b));
  const greatest = all.reduce((a, b) => Math.max(a, b));
  // Room for the figure above the greatest validation loss.
  const range = { min: Math.floor(least), max: Math.ceil(greatest + 0.1 * (greatest - least)) };

  const eachStep = runs.map(({ losses }, i) => ({
    type: 'line',
    data: toPoints(losses),
    symbol: 'none',
    lineStyle: { color: trainingLineColors[i], width: 1, opacity: 0.3 },
  }));
  const smoothed = runs.map(({ name, losses }, i) => ({
    type: 'line',
    name,
    data: toPoints(centredMeans(losses, radius)),
    // A line of one point would be invisible.
    symbol: steps === 1 ? 'circle' : 'none',
    color: trainingLineColors[i],
    lineStyle: { width: 2.5 },
  }));
  const afterTraining = {
    type: 'scatter',
    xAxisIndex: 1,
    yAxisIndex: 1,
    symbolSize: 12,
    data: validation.map(({ loss, color }) => ({ value: loss, itemStyle: { color, opacity: 1 } })),
    label: {
      show: true,
      position: 'top',
      color: '#222',
      backgroundColor: '#fff',
      fontSize: 13,
      formatter: ({ value }) => value.toFixed(3),
    },
  };

  return draw(1000, 600, {
    title: [
      {
        text: 'Character-level LSTM language model',
        subtext: subtitle,
        left: 'center',
        top: 10,
        subtextStyle: { color: '#444', fontSize: 13, lineHeight: 18 },
      },
      panelTitle(`Training loss: each step (faint), mean of up to ${2 * radius + 1} steps (bold)`, 345, 90),
      panelTitle('Validation loss after training', 825, 90),
    ],
    grid: [
      { left: 70, width: 550, top: 120, bottom: 85 },
      { left: 690, width: 270, top: 120, bottom: 85 },
    ],
    legend: {
      data: runs.map(({ name }) => name),
      orient: 'vertical',
      left: 440,
      top: 135,
      textStyle: { fontSize: 13 },
    },
    xAxis: [
      axis('step', { min: 0, max: steps, minInterval: 1 }),
      {
        gridIndex: 1,
        type: 'category',
        data: validation.map(({ name }) => name),
        axisLabel: { interval: 0, width: 84, overflow: 'break' },
      },
    ],
    yAxis: [axis('loss (nats per character)', { ...range, nameGap: 40 }), { ...range, gridIndex: 1, type: 'value' }],
    series: [...eachStep, ...smoothed, afterTraining],
  });
}
