import { markdownTable } from '../../tools/markdown-table.js';
import { mean, meanAndSpread, meanAndStandardError } from '../statistics.js';
import { drawLosses, drawTimes } from './picture.js';

/** Losses are the same in every run and seconds are not, so seconds go into a file of their own. */
export function record(results) {
  return {
    'language-model.json': { settings: sharedSettings(results), runs: results.map(lossesOf) },
    'language-model-time.json': { runs: results.map(timesOf) },
  };
}

export function present(read) {
  const { settings, runs } = read('language-model.json');
  const { runs: times } = read('language-model-time.json');
  const trainers = groupByTrainer(runs.map((run, i) => ({ ...run, ...times[i], steps: settings.evaluateAt })));
  return {
    pictures: {
      'language-model.svg': drawLosses(trainers),
      'language-model-time.svg': drawTimes(trainers.slice(0, 2)),
    },
    tables: {
      losses: lossTable(trainers),
      time: timeTable(trainers.filter(({ lr, schedule }) => lr === trainers[0].lr && schedule === 'constant')),
    },
  };
}

function nameOf({ lr, schedule, k, alpha }) {
  const name = k ? `Lookahead, k = ${k}, α = ${alpha}` : 'Adam';
  return `${name}, lr ${lr}${schedule === 'linear' ? ' to 0' : ''}`;
}

/** The runs that differ only in their seed, in the order of their seeds. */
function groupByTrainer(runs) {
  const groups = new Map();
  for (const run of runs) {
    const name = nameOf(run);
    const { lr, schedule, k } = run;
    if (!groups.has(name)) groups.set(name, { name, lr, schedule, isAlone: !k, runs: [] });
    groups.get(name).runs.push(run);
  }
  return [...groups.values()];
}

function sharedSettings([{ settings }]) {
  const { lr, schedule, lookahead, seed, ...shared } = settings;
  return shared;
}

const keyOf = ({ lr, schedule, lookahead, seed }) => ({ lr, schedule, ...lookahead, seed });

function lossesOf({ settings, result }) {
  const each = (pick) => result.map((evaluation) => Number(pick(evaluation).toFixed(4)));
  return {
    ...keyOf(settings),
    batch: each(({ batch }) => batch),
    fastTraining: each(({ fast }) => fast.training),
    fastValidation: each(({ fast }) => fast.validation),
    slowTraining: each(({ slow }) => slow.training),
    slowValidation: each(({ slow }) => slow.validation),
  };
}

function timesOf({ settings, result }) {
  return {
    ...keyOf(settings),
    seconds: result.map(({ seconds }) => Number(seconds.toFixed(2))),
    mergeSeconds: Number(result.at(-1).mergeSeconds.toFixed(3)),
  };
}

function lossTable(trainers) {
  const last = ({ runs }, column) => runs.map((run) => run[column].at(-1));
  const rows = trainers.map((trainer) => {
    const alone = trainers.find(
      ({ lr, schedule, isAlone }) => lr === trainer.lr && schedule === trainer.schedule && isAlone,
    );
    const againstAlone = (column) => {
      const losses = last(alone, column);
      return trainer.isAlone ? '' : meanAndStandardError(last(trainer, column).map((loss, i) => loss - losses[i]));
    };
    return [
      trainer.name,
      ...['batch', 'slowTraining'].flatMap((column) => [meanAndSpread(last(trainer, column)), againstAlone(column)]),
      trainer.isAlone ? '' : meanAndSpread(last(trainer, 'fastValidation')),
      meanAndSpread(last(trainer, 'slowValidation')),
      againstAlone('slowValidation'),
    ];
  });
  const difference = 'against Adam';
  return markdownTable(
    ['', 'batches', difference, 'training, slow', difference, 'validation, fast', 'validation, slow', difference],
    rows,
  );
}

/** Interpolates linearly between the evaluations. */
function lossAt(time, { seconds, slowValidation: losses }) {
  const after = seconds.findIndex((each) => each >= time);
  const before = Math.max(0, after - 1);
  const share = before === after ? 0 : (time - seconds[before]) / (seconds[after] - seconds[before]);
  return losses[before] + share * (losses[after] - losses[before]);
}

function timeTable(trainers) {
  const time = Math.min(...trainers.flatMap(({ runs }) => runs.map(({ seconds }) => seconds.at(-1))));
  const rows = trainers.map(({ name, isAlone, runs }) => [
    name,
    meanAndSpread(
      runs.map(({ seconds }) => seconds.at(-1)),
      1,
    ),
    isAlone
      ? ''
      : `${mean(runs.map(({ seconds, mergeSeconds }) => (100 * mergeSeconds) / seconds.at(-1))).toFixed(3)} %`,
    meanAndSpread(runs.map(({ slowValidation }) => slowValidation.at(-1))),
    meanAndSpread(runs.map((run) => lossAt(time, run))),
  ]);
  return markdownTable(
    ['', 'seconds of training', 'of them in sync()', 'validation at equal steps', `after ${time.toFixed(1)} s`],
    rows,
  );
}
