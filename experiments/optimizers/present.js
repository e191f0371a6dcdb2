import { markdownTable } from '../../tools/markdown-table.js';
import { groupBySettings, textOf } from '../language-model/cells.js';
import { mean, meanAndStandardError } from '../statistics.js';
import { clipped, highRates, optimizers } from './settings.js';

export function record(results) {
  const { optimizer, lr, lookahead, seed, ...shared } = results[0].settings;
  return { 'optimizers.json': { settings: shared, cells: groupBySettings(results) } };
}

export function present(read) {
  const { cells } = read('optimizers.json');
  return { pictures: {}, tables: { rates: rateTable(cells), best: bestTable(cells), clipping: clippingTable(cells) } };
}

export const variants = Object.keys(optimizers).flatMap((optimizer) => [
  { optimizer, isAlone: true },
  { optimizer, isAlone: false },
]);
const titleOf = ({ optimizer, isAlone }) => `${optimizers[optimizer].title}${isAlone ? ' alone' : ' in Lookahead'}`;

/** The five rates of the sweep, from the lowest. */
export function sweepOf(cells, { optimizer, isAlone }) {
  const rates = optimizers[optimizer].learningRates.map((lr) => (isAlone ? lr : 2 * lr));
  return rates.map((lr) => cells.find((cell) => cell.optimizer === optimizer && cell.lr === lr && !cell.k === isAlone));
}

const lossOf = ({ training }) => (training.includes(null) ? Number.POSITIVE_INFINITY : mean(training));

/** The cell with the lowest training loss. */
export const bestOf = (sweep) => sweep.reduce((a, b) => (lossOf(b) < lossOf(a) ? b : a));

function rateTable(cells) {
  const rows = variants.map((variant) => {
    const sweep = sweepOf(cells, variant);
    const best = bestOf(sweep);
    return [
      titleOf(variant),
      sweep[0].lr,
      ...sweep.map((cell) => (cell === best ? `**${lossOf(cell).toFixed(3)}**` : lossOf(cell).toFixed(3))),
    ];
  });
  return markdownTable(['', 'lowest rate', ...[1, 2, 4, 8, 16].map((times) => `${times} ×`)], rows);
}

function bestTable(cells) {
  const less = (a, b) => meanAndStandardError(a.map((loss, i) => loss - b[i]));
  const [adam] = variants.map((variant) => bestOf(sweepOf(cells, variant)));
  const rows = variants.map((variant) => {
    const best = bestOf(sweepOf(cells, variant));
    const alone = bestOf(sweepOf(cells, { ...variant, isAlone: true }));
    return [
      titleOf(variant),
      best.lr,
      ...['training', 'validation'].flatMap((part) => [
        textOf(best[part]),
        variant.isAlone ? '' : less(best[part], alone[part]),
        best === adam ? '' : less(best[part], adam[part]),
      ]),
    ];
  });
  const against = ['against alone', 'against Adam alone'];
  return markdownTable(['', 'best rate', 'training', ...against, 'validation', ...against], rows);
}

function clippingTable(cells) {
  const rows = highRates.map((lr) => [
    lr,
    ...[true, false].flatMap((isAlone) =>
      ['adam', clipped].map((optimizer) =>
        textOf(cells.find((cell) => cell.optimizer === optimizer && cell.lr === lr && !cell.k === isAlone).training),
      ),
    ),
  ]);
  return markdownTable(['learning rate', 'Adam alone', 'clipped', 'Adam in Lookahead', 'clipped'], rows);
}
