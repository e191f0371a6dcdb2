import { markdownTable } from '../../tools/markdown-table.js';
import { mean, meanAndStandardError } from '../statistics.js';
import { crowdCell, curveOf, findWay, gridCells, toCell } from './cells.js';
import { weightCount } from './model.js';
import { drawCurves } from './picture.js';
import { crowdNames, crowdRows, diloco, peerCounts, splits, ways } from './settings.js';

/** The bytes that a peer sends in a round, float32 weights. */
const bytesOfRound = 4 * weightCount;

export function record(results) {
  const { batch, steps, seeds } = results[0].settings;
  const settings = { batch, steps, seeds, diloco, weightCount, bytesOfRound };
  return { 'many-machines.json': { settings, cells: results.map(toCell) } };
}

function draw({ cells }) {
  return {
    pictures: { 'many-machines.svg': drawCurves(cells, bytesOfRound) },
    tables: {
      loss: lossTable(cells, (cell) => mean(cell.final).toFixed(3)),
      'difference from averaging': lossTable(cells, (cell, same) => difference(cell, averagingAmong(same))),
      bytes: lossTable(cells, (cell, same) => kilobytesTo(cell, targetOf(averagingAmong(same)))),
      'learning rates': lossTable(cells, ({ lr }) => lr),
      crowd: crowdTable(cells),
    },
  };
}

export const present = (read) => draw(read('many-machines.json'));

const averagingAmong = (cells) => findWay(cells, { outer: null, localSteps: 1 });

function difference(cell, averaging) {
  if (cell === averaging) return '';
  return meanAndStandardError(cell.final.map((loss, i) => loss - averaging.final[i]));
}

/** The loss of averaging every step, half-way. */
const targetOf = (averaging) => {
  const curve = curveOf(averaging);
  return curve[curve.length / 2 - 1][1];
};

function kilobytesTo(cell, target) {
  const reached = curveOf(cell).find(([, loss]) => loss <= target);
  return reached ? ((reached[0] * bytesOfRound) / 1000).toFixed(0) : 'not reached';
}

/** A row for each way to train together, a column for each number of peers on each kind of data. */
function lossTable(cells, toText) {
  const columns = splits.flatMap((split) => peerCounts.map((peers) => ({ split, peers })));
  const shown = columns.filter(({ split, peers }) => peers > 1 || split === splits[0]);
  const rows = ways.map(({ name, outer, localSteps }) => [
    name,
    localSteps,
    ...shown.map(({ split, peers }) => {
      const same = gridCells(cells, { split, peers });
      const cell = findWay(same, { outer, localSteps });
      return cell ? toText(cell, same) : '';
    }),
  ]);
  const head = shown.map(({ split, peers }) => (peers === 1 ? '1 peer' : `${peers} peers, ${split}`));
  return markdownTable(['', 'steps in a round', ...head], rows);
}

function crowdTable(cells) {
  const rows = crowdRows.map((row) => [
    row.participants,
    row.stale > 0 ? `${100 * row.stale} %` : 'none',
    ...Object.keys(crowdNames).map((name) => {
      const cell = crowdCell(cells, name, row);
      return cell ? mean(cell.final).toFixed(3) : '';
    }),
  ]);
  return markdownTable(['peers in a round', 'one round late', ...Object.values(crowdNames)], rows);
}
