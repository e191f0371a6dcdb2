import { markdownTable } from '../../tools/markdown-table.js';
import { median } from '../statistics.js';
import { drawRates } from './picture.js';
import { alpha, fixedMomentum, inners, k, spectrumOf, variants } from './settings.js';
import { measureRate } from './simulate.js';
import { asDecays, ratePerStep } from './theory.js';

export const backend = 'cpu';

const conditions = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => 10 ** (i / 2));

export const runs = Object.entries(inners).flatMap(([inner, { variants: names, optimizer }]) =>
  names.flatMap((variant) =>
    conditions.map((condition) => ({ inner, variant, condition, ...optimizer(condition, variants[variant]) })),
  ),
);

export function run({ variant, condition, lr, momentum }) {
  return measureRate({ spectrum: spectrumOf(condition), lr, momentum, lookahead: variants[variant] });
}

export function compare({ settings, result }) {
  const { variant, condition, ...optimizer } = settings;
  const theory = ratePerStep(spectrumOf(condition), optimizer, variants[variant]);
  return { ...settings, ...asDecays(result, theory) };
}

export function record(results) {
  return { 'quadratic.json': { k, alpha, fixedMomentum, cells: results.map(compare) } };
}

export function present(read) {
  const { cells } = read('quadratic.json');
  return {
    pictures: { 'quadratic.svg': drawRates(cells) },
    tables: { agreement: agreement(cells), rates: rates(cells) },
  };
}

function agreement(cells) {
  const percent = (value) => `${(100 * value).toFixed(2)} %`;
  const rows = Object.entries(inners).flatMap(([inner, { variants: names }]) =>
    names.map((variant) => {
      const deviations = cells
        .filter((cell) => cell.inner === inner && cell.variant === variant)
        .map(({ deviation }) => Math.abs(deviation));
      return [inner, variant, percent(median(deviations)), percent(Math.max(...deviations))];
    }),
  );
  return markdownTable(['inner optimizer', 'Lookahead', 'deviation of ln ρ: median', 'greatest'], rows);
}

function rates(cells) {
  const shown = [10, 100, 1000, 10_000];
  const rows = Object.entries(inners).flatMap(([inner, { variants: names }]) =>
    names.map((variant) => [
      inner,
      variant,
      ...shown.map((condition) => {
        const { decay } = cells.find(
          (cell) => cell.inner === inner && cell.variant === variant && cell.condition === condition,
        );
        return decay > 0 ? Math.round(Math.log(10) / decay) : 'grows';
      }),
    ]),
  );
  return markdownTable(['steps for a factor of 10', 'Lookahead', ...shown.map((each) => `κ = ${each}`)], rows);
}
