import { markdownTable } from '../../tools/markdown-table.js';
import { groupBySettings, textOf } from '../language-model/cells.js';
import { drawMaps, drawRates } from './picture.js';
import { alphas, findCell, inners, ks, mapLearningRates, usual } from './settings.js';

export function record(results) {
  const { optimizer, lr, lookahead, seed, ...shared } = results[0].settings;
  return { 'robustness.json': { settings: shared, cells: groupBySettings(results) } };
}

export function present(read) {
  const { cells } = read('robustness.json');
  return {
    pictures: {
      'robustness.svg': drawRates(cells, Object.keys(inners)),
      // For the README, so narrow that a phone shows it legibly.
      'robustness-adam.svg': drawRates(cells, ['adam']),
      'robustness-map.svg': drawMaps(cells),
    },
    tables: { 'learning rates': learningRateTable(cells), 'k and alpha': mapTable(cells) },
  };
}

function learningRateTable(cells) {
  const rows = Object.entries(inners).flatMap(([optimizer, { title, learningRates }]) =>
    learningRates.map((lr) => {
      const [alone, ahead] = [{}, usual].map((lookahead) => findCell(cells, { optimizer, lr, ...lookahead }));
      return [title, lr, ...['training', 'validation'].flatMap((part) => [textOf(alone[part]), textOf(ahead[part])])];
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
      ...alphas.map((alpha) => textOf(findCell(cells, { optimizer: 'adam', lr, k, alpha }).training)),
    ]),
  );
  return markdownTable(['learning rate', 'k', ...alphas.map((alpha) => `α = ${alpha}`)], rows);
}
