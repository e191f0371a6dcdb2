import { markdownTable } from '../../tools/markdown-table.js';
import { mean, meanAndSpread, meanAndStandardError } from '../statistics.js';
import { drawAccuracy } from './picture.js';

export function record(results) {
  const [{ settings }] = results;
  const { optimizer, lookahead, lr, seed, ...shared } = settings;
  return { 'digits.json': { settings: shared, runs: results.map(figuresOf) } };
}

function figuresOf({ settings: { optimizer, lookahead, lr, seed }, result }) {
  const each = (pick) => result?.map((epoch) => Number(pick(epoch).toFixed(5))) ?? null;
  return {
    optimizer,
    ...lookahead,
    lr,
    seed,
    loss: each(({ loss }) => loss),
    testLoss: each(({ testLoss }) => testLoss),
    accuracy: each(({ accuracy }) => accuracy),
  };
}

export function present(read) {
  const { runs } = read('digits.json');
  const trainers = groupByTrainer(runs);
  return {
    pictures: { 'digits.svg': drawAccuracy(trainers) },
    tables: { best: bestTable(trainers), rates: rateTable(trainers) },
  };
}

const inner = { momentum: 'SGD with momentum', adam: 'Adam' };

/** For each trainer its runs at each rate, and the rate with the highest mean accuracy after the last epoch. */
export function groupByTrainer(runs) {
  const keyOf = ({ optimizer, k, alpha }) => `${inner[optimizer]}${k ? ` in Lookahead, k = ${k}, α = ${alpha}` : ''}`;
  return [...new Set(runs.map(keyOf))].map((name) => {
    const own = runs.filter((run) => keyOf(run) === name);
    const byRate = [...new Set(own.map(({ lr }) => lr))].map((lr) => {
      const atRate = own.filter((run) => run.lr === lr);
      const ended = atRate.every(({ accuracy }) => accuracy !== null);
      return { lr, runs: atRate, accuracy: ended ? mean(atRate.map(({ accuracy }) => accuracy.at(-1))) : -Infinity };
    });
    const best = byRate.reduce((one, other) => (other.accuracy > one.accuracy ? other : one));
    const [{ optimizer, k, alpha }] = own;
    return { name, optimizer, isAlone: !k, alpha, byRate, best };
  });
}

const percent = (runs, pick) => runs.map((run) => 100 * pick(run));
const last = ({ accuracy }) => accuracy.at(-1);

function bestTable(trainers) {
  const rows = trainers.map(({ name, optimizer, isAlone, best }) => {
    const alone = trainers.find((each) => each.optimizer === optimizer && each.isAlone).best.runs;
    const differences = best.runs.map((run, i) => 100 * (last(run) - last(alone[i])));
    return [
      `${name}, lr ${best.lr}`,
      meanAndSpread(percent(best.runs, last), 2),
      isAlone ? '' : meanAndStandardError(differences, 2),
      meanAndSpread(
        percent(best.runs, ({ accuracy }) => Math.max(...accuracy)),
        2,
      ),
      meanAndSpread(best.runs.map(({ testLoss }) => testLoss.at(-1))),
      meanAndSpread(
        best.runs.map(({ loss }) => loss.at(-1)),
        4,
      ),
    ];
  });
  return markdownTable(
    ['', 'accuracy at the end, %', 'against alone', 'highest, %', 'test loss', 'training loss'],
    rows,
  );
}

/** Of each optimizer alone and in Lookahead: the rates that were tried. */
function rateTable(trainers) {
  const rows = trainers.map(({ name, byRate }) => [
    name,
    ...byRate.map(
      ({ lr, runs, accuracy }) =>
        `${lr}: ${accuracy === -Infinity ? 'diverges' : meanAndSpread(percent(runs, last), 1)}`,
    ),
  ]);
  return markdownTable(['rate: accuracy at the end, %', ...trainers[0].byRate.map(() => '')], rows);
}
