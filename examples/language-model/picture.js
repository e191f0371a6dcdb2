import { axis, legend } from '../../tools/chart-parts.js';
import { palette, trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';

const colors = [palette.black, trainingColors.alone, trainingColors.slow];
/** The share of the curves, from their end, that the scale of the losses fits: the first fall would flatten the rest. */
const shownInFull = 0.75;

/** SVG of the losses of held-out text over the seconds that each run has trained for. */
export function drawLosses({ runs, unigramLoss }, subtitle) {
  const last = Math.max(...runs.map(({ seconds }) => seconds));
  const late = runs.flatMap(({ heldOut }) => heldOut.filter(({ seconds }) => seconds >= (1 - shownInFull) * last));
  const range = rangeOf(
    late.map(({ loss }) => loss),
    unigramLoss,
  );
  const curves = runs.map(({ name, lr, steps, divergedAt, heldOut }, i) => ({
    type: 'line',
    name: `${name}, rate ${lr}: ${divergedAt === null ? `${steps} steps` : `diverged at step ${divergedAt}`}`,
    data: heldOut.map(({ seconds, loss }) => [seconds, loss]),
    symbol: 'circle',
    symbolSize: 5,
    color: colors[i],
    lineStyle: { width: 2.5 },
    endLabel: {
      show: true,
      formatter: ({ value: [, loss] }) => (loss > range.max ? '' : loss.toFixed(3)),
      color: '#222',
      fontSize: 13,
    },
    labelLayout: { moveOverlap: 'shiftY' },
  }));
  return draw(900, 560, {
    title: {
      text: 'Language model: loss of held-out text over the seconds of training',
      subtext: subtitle,
      left: 'center',
      top: 10,
      subtextStyle: { color: '#444', fontSize: 13, lineHeight: 18 },
    },
    grid: { left: 70, right: 80, top: 150, bottom: 60 },
    // Where the curves, which fall, leave room.
    legend: legend(
      curves.map(({ name }) => name),
      { orient: 'vertical', top: 158, right: 100, itemGap: 8 },
    ),
    xAxis: axis('seconds of training', { min: 0, max: Math.ceil(last) }),
    yAxis: axis('nats per character', { ...range, nameGap: 44 }),
    series: curves,
  });
}

/** In tenths. A loss beyond that of the character frequencies alone would only flatten the curves that have learned. */
function rangeOf(losses, unigramLoss) {
  if (losses.length === 0) return {};
  const [least, greatest] = [Math.min(...losses), Math.max(...losses)];
  const most = least < unigramLoss ? Math.min(greatest, unigramLoss) : greatest;
  return { min: Math.floor(10 * least) / 10, max: Math.ceil(10 * most) / 10 };
}
