import { axis, legend } from '../../tools/chart-parts.js';
import { trainingColors } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';

const { alone, slow } = trainingColors;
/** The share of the curves, from their end, that the scale of the losses fits: the first fall would flatten the rest. */
const shownInFull = 0.6;

/** SVG of the validation losses of all runs over the steps: of Adam, and of the slow weights of Lookahead. */
export function drawLosses({ runs, unigramLoss }, subtitle) {
  const highestRate = Math.max(...runs.map(({ lr }) => lr));
  const lastStep = Math.max(...runs.map(({ losses }) => losses.length));
  const pointsOf = ({ validation }) =>
    validation.filter(({ loss }) => Number.isFinite(loss)).map(({ step, loss }) => [step, loss]);
  const late = runs.flatMap((run) => pointsOf(run).filter(([step]) => step >= (1 - shownInFull) * lastStep));
  const range = rangeOf(
    late.map(([, loss]) => loss),
    unigramLoss,
  );
  const curves = runs.map((run) => ({
    type: 'line',
    name: `${run.name}, rate ${run.lr}${run.divergedAt === null ? '' : ` (diverged at step ${run.divergedAt})`}`,
    data: pointsOf(run),
    symbol: 'circle',
    symbolSize: 5,
    color: run.lookaheadCost ? slow : alone,
    lineStyle: { width: 2.5, type: run.lr === highestRate ? 'solid' : 'dashed' },
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
      text: 'Language model: validation loss of Adam, alone and in Lookahead',
      subtext: subtitle,
      left: 'center',
      top: 10,
      subtextStyle: { color: '#444', fontSize: 13, lineHeight: 18 },
    },
    grid: { left: 70, right: 80, top: 130, bottom: 60 },
    // Where the curves, which fall, leave room.
    legend: legend(
      curves.map(({ name }) => name),
      { orient: 'vertical', top: 138, right: 100, itemGap: 8 },
    ),
    xAxis: axis('step', { min: 0, max: lastStep, minInterval: 1 }),
    yAxis: axis('nats per character', {
      ...rangeOf(
        late.map(([, loss]) => loss),
        unigramLoss,
      ),
      nameGap: 44,
    }),
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
