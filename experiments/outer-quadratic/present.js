import { rootMeanSquare } from 'simple-statistics';
import { markdownTable } from '../../tools/markdown-table.js';
import { median } from '../statistics.js';
import { drawRates, drawVariances } from './picture.js';
import { outers, panels } from './settings.js';
import { stationaryVariance } from './theory.js';

export function present(read) {
  const { rates, variances } = read('outer-quadratic.json');
  return {
    pictures: { 'outer-quadratic.svg': drawRates(rates), 'outer-quadratic-noise.svg': drawVariances(variances) },
    tables: {
      'agreement of the rates': rateAgreement(rates),
      rates: rateTable(rates),
      'agreement of the variances': varianceAgreement(variances),
      variances: varianceTable(variances),
    },
  };
}

const percent = (value) => `${(100 * value).toFixed(2)} %`;

function rateAgreement(rates) {
  const rows = Object.entries(outers).map(([name, { title }]) => {
    const deviations = rates.filter((cell) => cell.name === name).map(({ deviation }) => Math.abs(deviation));
    return [title, deviations.length, percent(median(deviations)), percent(Math.max(...deviations))];
  });
  return markdownTable(['outer optimizer', 'settings', 'deviation of ln ρ: median', 'greatest'], rows);
}

function rateTable(rates) {
  const shown = [10, 100, 1000, 10_000];
  const rows = Object.entries(panels)
    .filter(([, { varies }]) => varies === 'condition')
    .flatMap(([panel, { title }]) =>
      Object.entries(outers).map(([name, { title: outer }]) => [
        title,
        outer,
        ...shown.map((condition) => {
          const { decay } = rates.find(
            (cell) => cell.panel === panel && cell.name === name && cell.condition === condition,
          );
          return Math.round(Math.log(10) / decay);
        }),
      ]),
    );
  return markdownTable(['steps for a factor of 10', 'outer optimizer', ...shown.map((each) => `κ = ${each}`)], rows);
}

function varianceAgreement(variances) {
  const z = variances.map((cell) => Math.abs(cell.z));
  const share = (limit) => `${z.filter((each) => each < limit).length} of ${z.length}`;
  return markdownTable(
    ['settings with abs(z) below 1', 'below 2', 'below 3', 'largest abs(z)', 'root mean square of z'],
    [[share(1), share(2), share(3), Math.max(...z).toFixed(2), rootMeanSquare(z).toFixed(2)]],
  );
}

function varianceTable(variances) {
  return markdownTable(
    ['outer optimizer', 'k', 'lr a', 'V / V of SGD alone', 'closed form', 'z'],
    variances
      .filter(({ lr }) => [0.1, 0.5, 1.5].includes(lr))
      .map(({ name, k, lr, slowVariance, theory, z }) => {
        const alone = stationaryVariance({ lr });
        return [
          outers[name].title,
          k,
          lr,
          (slowVariance / alone).toFixed(4),
          (theory / alone).toFixed(4),
          z.toFixed(2).replace('-', '−'),
        ];
      }),
  );
}
