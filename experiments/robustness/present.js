import { markdownTable } from '../../tools/markdown-table.js';
import { meanAndSpread } from '../statistics.js';
import { drawMaps, drawRates } from './picture.js';
import { alphas, findCell, inners, ks, mapLearningRates, usual } from './settings.js';

export function record(results) {
  const { optimizer, lr, lookahead, seed, ...shared } = results[0].settings;
  return { 'robustness.json': { settings: shared, cells: groupBySettings(results) } };
}

export function present(read) {
  const { cells } = read('robustness.json');
  return {
    pictures: { 'robustness.svg': drawRates(cells), 'robustness-map.svg': drawMaps(cells) },
    tables: { 'learning rates': learningRateTable(cells), 'k and alpha': mapTable(cells) },
  };
}

/** The losses of all seeds, in their order, with the slow weights if there are any. Null where the run diverged. */
function groupBySettings(results) {
  const cells = new Map();
  for (const { settings, result } of results) {
    const { optimizer, lr, lookahead } = settings;
    const key = JSON.stringify({ optimizer, lr, ...lookahead });
    if (!cells.has(key)) cells.set(key, { ...JSON.parse(key), training: [], validation: [] });
    for (const part of ['training', 'validation']) {
      cells.get(key)[part].push(result && Number(result.at(-1).slow[part].toFixed(4)));
    }
  }
  return [...cells.values()];
}

const text = (losses) => (losses.includes(null) ? 'diverges' : meanAndSpread(losses));

function learningRateTable(cells) {
  const rows = Object.entries(inners).flatMap(([optimizer, { title, learningRates }]) =>
    learningRates.map((lr) => {
      const [alone, ahead] = [{}, usual].map((lookahead) => findCell(cells, { optimizer, lr, ...lookahead }));
      return [title, lr, ...['training', 'validation'].flatMap((part) => [text(alone[part]), text(ahead[part])])];
    }),
  );
  return markdownTable(
    ['inner optimizer', 'learning rate', 'training, alone', 'Lookahead', 'validation, alone', 'Lookahead'],
    rows,
  );
}

function mapTable(cells) {
  const rows = mapLearningRates.flatMap((lr) =>
    ks.map((k) => [
      lr,
      k,
      ...alphas.map((alpha) => text(findCell(cells, { optimizer: 'adam', lr, k, alpha }).training)),
    ]),
  );
  return markdownTable(['learning rate', 'k', ...alphas.map((alpha) => `α = ${alpha}`)], rows);
}
