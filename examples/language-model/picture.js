import { axis, legend } from '../../tools/chart-parts.js';
import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { wrapped } from '../../tools/wrapped.js';

const styles = [
  { color: trainingColors.alone, dash: 'dashed' },
  { color: trainingColors.alone, dash: 'solid' },
  { color: trainingColors.slow, dash: 'solid' },
];
/** In pixels: a phone shows the picture at little more than half its size. */
const text = { color: '#222', fontSize: 17 };
/** The share of the curves, from their end, that the scale of the losses fits: the first fall would flatten the rest. */
const shownInFull = 0.75;

/** SVG of the losses of held-out text over the seconds that each run has trained for. Lines of the `subtitle` are wrapped. */
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
    symbolSize: 6,
    color: styles[i].color,
    lineStyle: { width: 3, type: styles[i].dash },
    endLabel: {
      show: true,
      formatter: ({ value: [, loss] }) => (loss > range.max ? '' : loss.toFixed(3)),
      ...text,
    },
    labelLayout: { moveOverlap: 'shiftY' },
  }));
  const lines = subtitle.flatMap((line) => wrapped(line, 66).split('\n'));
  const top = 80 + 22 * lines.length;
  return draw(600, top + 500, {
    title: {
      text: 'Language model: loss of held-out text\nover the seconds of training',
      subtext: lines.join('\n'),
      left: 'center',
      top: 10,
      textStyle: { fontSize: 21 },
      subtextStyle: { ...text, fontSize: 16, lineHeight: 22 },
    },
    grid: { left: 75, right: 65, top: top + 100, bottom: 65 },
    legend: legend(
      curves.map(({ name }) => name),
      { orient: 'vertical', top, itemGap: 8, itemWidth: 45, textStyle: text },
    ),
    xAxis: axis('seconds of training', { min: 0, max: Math.ceil(last), nameTextStyle: text, axisLabel: text }),
    yAxis: axis('nats per character', { ...range, nameGap: 48, nameTextStyle: text, axisLabel: text }),
    series: curves,
  });
}

/** A loss beyond that of the character frequencies alone would only flatten the curves that have learned. */
function rangeOf(losses, unigramLoss) {
  if (losses.length === 0) return {};
  const [least, greatest] = [Math.min(...losses), Math.max(...losses)];
  const most = least < unigramLoss ? Math.min(greatest, unigramLoss) : greatest;
  const interval = 10 ** Math.floor(Math.log10(most - least || 1)) / 2;
  // Below the least, room for the labels at the ends of the curves.
  const min = interval * Math.floor((least - interval / 10) / interval);
  return { min, max: interval * Math.ceil(most / interval), interval };
}
