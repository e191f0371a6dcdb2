import { markdownTable } from '../../tools/markdown-table.js';
import { mean, meanAndSpread, meanAndStandardError } from '../statistics.js';
import { drawLosses } from './picture.js';

export function record(results) {
  const [{ settings }] = results;
  const { lr, lookahead, seed, ...shared } = settings;
  return { 'full-length.json': { settings: shared, runs: results.map(lossesOf) } };
}

function lossesOf({ settings: { lr, lookahead, seed }, result }) {
  const each = (pick) => result?.map((evaluation) => Number(pick(evaluation).toFixed(4))) ?? null;
  return {
    lr,
    ...lookahead,
    seed,
    batch: each(({ batch }) => batch),
    training: each(({ slow }) => slow.training),
    validation: each(({ slow }) => slow.validation),
  };
}

export function present(read) {
  const { settings, runs } = read('full-length.json');
  const trainers = groupByTrainer(runs, settings.evaluateAt);
  return {
    pictures: { 'full-length.svg': drawLosses(trainers, settings.evaluateAt) },
    tables: {
      best: bestTable(trainers),
      rates: rateTable(trainers),
      'training at the end': endTable(trainers, 'training'),
      'validation at the end': endTable(trainers, 'validation'),
    },
  };
}

/** @returns the step and the losses where the validation loss of a run is lowest. */
export function turnOf({ validation, training, batch }, evaluateAt) {
  const i = validation.indexOf(Math.min(...validation));
  return { step: evaluateAt[i], validation: validation[i], training: training[i], batch: batch[i] };
}

/** For each trainer its runs at each rate, and the rate at which the mean of the lowest validation losses is lowest. */
function groupByTrainer(runs, evaluateAt) {
  const nameOf = ({ k, alpha }) => (k ? `Lookahead, k = ${k}, α = ${alpha}` : 'Adam');
  return [...new Set(runs.map(nameOf))].map((name) => {
    const own = runs.filter((run) => nameOf(run) === name);
    const byRate = [...new Set(own.map(({ lr }) => lr))].map((lr) => {
      const atRate = own.filter((run) => run.lr === lr);
      const diverged = atRate.some(({ validation }) => validation === null);
      const turns = diverged ? null : atRate.map((run) => turnOf(run, evaluateAt));
      return { lr, runs: atRate, turns, lowest: diverged ? Infinity : mean(turns.map(({ validation }) => validation)) };
    });
    const best = byRate.reduce((one, other) => (other.lowest < one.lowest ? other : one));
    return { name, isAlone: name === 'Adam', byRate, best };
  });
}

function bestTable(trainers) {
  const adam = trainers[0].best.turns;
  const rows = trainers.map(({ name, isAlone, best: { lr, turns } }) => {
    const each = (column) => turns.map((turn) => turn[column]);
    const against = (column) =>
      isAlone ? '' : meanAndStandardError(each(column).map((value, i) => value - adam[i][column]));
    return [
      `${name}, lr ${lr}`,
      ...['validation', 'training', 'batch'].flatMap((column) => [meanAndSpread(each(column)), against(column)]),
      meanAndSpread(each('step'), 0),
    ];
  });
  const difference = 'against Adam';
  return markdownTable(
    ['', 'lowest validation', difference, 'training there', difference, 'batches there', difference, 'step'],
    rows,
  );
}

/** After the last step: Adam's loss at each rate, and the difference that Lookahead makes at the same rate. */
function endTable([adam, ...others], column) {
  const atEnd = ({ byRate }) => byRate.map(({ runs }) => runs.map((run) => run[column].at(-1)));
  const alone = atEnd(adam);
  const rows = others.map((trainer) => [
    `${trainer.name}, against Adam`,
    ...atEnd(trainer).map((losses, r) => meanAndStandardError(losses.map((loss, i) => loss - alone[r][i]))),
  ]);
  const head = [`${column} loss after the last step`, ...adam.byRate.map(({ lr }) => `lr ${lr}`)];
  return markdownTable(head, [[adam.name, ...alone.map((losses) => meanAndSpread(losses))], ...rows]);
}

function rateTable(trainers) {
  const rates = trainers[0].byRate.map(({ lr }) => lr);
  const rows = trainers.map(({ name, byRate }) => [
    name,
    ...byRate.map(({ turns }) => (turns ? meanAndSpread(turns.map(({ validation }) => validation)) : 'diverges')),
  ]);
  return markdownTable(['lowest validation loss', ...rates.map((lr) => `lr ${lr}`)], rows);
}
