import * as echarts from 'echarts';
import { centredMeans } from './statistics.js';

const colors = ['#0072b2', '#d55e00'];

/** The training losses of all runs over the steps and, beside them on the same scale, the validation losses: as SVG. */
export function drawLosses({ runs }, subtitle) {
  const steps = runs[0].losses.length;
  const radius = Math.ceil(steps / 40);
  const toPoints = (losses) => losses.map((loss, i) => [i + 1, loss]);
  const validation = runs.flatMap((run, i) => run.validation.map((entry) => ({ ...entry, color: colors[i] })));
  const all = [...runs.flatMap(({ losses }) => losses), ...validation.map(({ loss }) => loss)];
  const least = all.reduce((a, b) => Math.min(a, b));
  const greatest = all.reduce((a, b) => Math.max(a, b));
  // Room for the figure above the greatest validation loss.
  const range = { min: Math.floor(least), max: Math.ceil(greatest + 0.1 * (greatest - least)) };

  const eachStep = runs.map(({ losses }, i) => ({
    type: 'line',
    data: toPoints(losses),
    symbol: 'none',
    lineStyle: { color: colors[i], width: 1, opacity: 0.3 },
  }));
  const smoothed = runs.map(({ name, losses }, i) => ({
    type: 'line',
    name,
    data: toPoints(centredMeans(losses, radius)),
    // A line of one point cannot be seen.
    symbol: steps === 1 ? 'circle' : 'none',
    color: colors[i],
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

  const panelTitle = (text, left) => ({
    text,
    left,
    top: 90,
    textAlign: 'center',
    textStyle: { fontSize: 13, fontWeight: 'normal' },
  });
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 1000, height: 600 });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: [
      {
        text: 'Character-level LSTM language model',
        subtext: subtitle,
        left: 'center',
        top: 10,
        subtextStyle: { color: '#444', fontSize: 13, lineHeight: 18 },
      },
      panelTitle(`Training loss: each step (faint), mean of up to ${2 * radius + 1} steps (bold)`, 345),
      panelTitle('Validation loss after training', 825),
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
      {
        type: 'value',
        name: 'step',
        nameLocation: 'middle',
        nameGap: 32,
        min: 0,
        max: steps,
        minInterval: 1,
        axisLabel: { hideOverlap: true },
      },
      {
        gridIndex: 1,
        type: 'category',
        data: validation.map(({ name }) => name),
        axisLabel: { interval: 0, width: 84, overflow: 'break' },
      },
    ],
    yAxis: [
      { ...range, type: 'value', name: 'loss (nats per character)', nameLocation: 'middle', nameGap: 40 },
      { ...range, gridIndex: 1, type: 'value' },
    ],
    series: [...eachStep, ...smoothed, afterTraining],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
