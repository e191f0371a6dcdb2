import { axis, legend } from '../../tools/chart-parts.js';
import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';

const { alone, slow } = trainingColors;
/** The share of the curves, from their end, that the scale of the losses fits: the first fall would flatten the rest. */
const shownInFull = 0.6;

/** SVG of the validation losses of all runs over the steps: of Adam, and of the slow weights of Lookahead. */
export function drawLosses({ runs }, subtitle) {
  const highest = Math.max(...runs.map(({ lr }) => lr));
  const curves = runs.map(({ name, lr, divergedAt, lookaheadCost, validation }) => ({
    type: 'line',
    name: `${name}, rate ${lr}${divergedAt === null ? '' : ` (diverged at step ${divergedAt})`}`,
    data: validation.filter(({ loss }) => Number.isFinite(loss)).map(({ step, loss }) => [step, loss]),
    symbol: 'circle',
    symbolSize: 5,
    color: lookaheadCost ? slow : alone,
    lineStyle: { width: 2.5, type: lr === highest ? 'solid' : 'dashed' },
    endLabel: { show: true, formatter: ({ value }) => value[1].toFixed(3), color: '#222', fontSize: 13 },
    labelLayout: { moveOverlap: 'shiftY' },
  }));
  const points = curves.flatMap(({ data }) => data);
  const lastStep = Math.max(...runs.map(({ losses }) => losses.length));
  const late = points.filter(([step]) => step >= (1 - shownInFull) * lastStep).map(([, loss]) => loss);
  // On the scale of tenths, with room for the curves to leave.
  const range = { min: Math.floor(10 * Math.min(...late)) / 10, max: Math.ceil(10 * Math.max(...late)) / 10 };
  return draw(900, 580, {
    title: {
      text: 'Language model: validation loss of Adam, alone and in Lookahead',
      subtext: subtitle,
      left: 'center',
      top: 10,
      subtextStyle: { color: '#444', fontSize: 13, lineHeight: 18 },
    },
    grid: { left: 70, right: 80, top: 158, bottom: 60 },
    legend: legend(
      curves.map(({ name }) => name),
      { top: 120, itemGap: 24 },
    ),
    xAxis: axis('step', { min: 0, max: lastStep, minInterval: 1 }),
    yAxis: axis('nats per character', { ...range, nameGap: 44 }),
    series: curves,
  });
}
