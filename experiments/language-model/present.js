import { markdownTable } from '../../tools/markdown-table.js';
import { toJson } from '../format.js';
import { mean, meanAndSpread, meanAndStandardError } from '../statistics.js';
import { drawLosses, drawTimes } from './picture.js';

/** Losses are the same in every run and seconds are not, so seconds go into their own files. */
export function present(results) {
  const trainers = groupByTrainer(results);
  return {
    files: {
      'language-model.json': toJson({ settings: sharedSettings(results), runs: results.map(lossesOf) }),
      'language-model.svg': drawLosses(trainers),
      'language-model-time.json': toJson({ runs: results.map(timesOf) }),
      'language-model-time.svg': drawTimes(trainers.slice(0, 2)),
    },
    tables: {
      losses: lossTable(trainers),
      time: timeTable(trainers.filter(({ lr, schedule }) => lr === trainers[0].lr && schedule === 'constant')),
    },
  };
}

function nameOf({ lr, schedule, lookahead }) {
  const name = lookahead ? `Lookahead, k = ${lookahead.k}, α = ${lookahead.alpha}` : 'Adam';
  return `${name}, lr ${lr}${schedule === 'linear' ? ' to 0' : ''}`;
}

/** The runs that differ only in their seed, in the order of their seeds. */
function groupByTrainer(results) {
  const groups = new Map();
  for (const { settings, result } of results) {
    const name = nameOf(settings);
    if (!groups.has(name)) groups.set(name, { name, ...settings, runs: [] });
    groups.get(name).runs.push(result);
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
  const last = ({ runs }, pick) => runs.map((evaluations) => pick(evaluations.at(-1)));
  const rows = trainers.map((trainer) => {
    const plain = trainers.find(
      ({ lr, schedule, lookahead }) => lr === trainer.lr && schedule === trainer.schedule && !lookahead,
    );
    const againstPlain = (pick) => {
      const losses = last(plain, pick);
      return trainer.lookahead ? meanAndStandardError(last(trainer, pick).map((loss, i) => loss - losses[i])) : '';
    };
    const [batch, training, validation] = [
      (evaluation) => evaluation.batch,
      (evaluation) => evaluation.slow.training,
      (evaluation) => evaluation.slow.validation,
    ];
    return [
      trainer.name,
      ...[batch, training].flatMap((pick) => [meanAndSpread(last(trainer, pick)), againstPlain(pick)]),
      trainer.lookahead ? meanAndSpread(last(trainer, ({ fast }) => fast.validation)) : '',
      meanAndSpread(last(trainer, validation)),
      againstPlain(validation),
    ];
  });
  const difference = 'against Adam';
  return markdownTable(
    ['', 'batches', difference, 'training, slow', difference, 'validation, fast', 'validation, slow', difference],
    rows,
  );
}

/** Interpolates linearly between the evaluations. */
function lossAt(time, evaluations) {
  const after = evaluations.findIndex(({ seconds }) => seconds >= time);
  const [from, to] = [evaluations[Math.max(0, after - 1)], evaluations[after]];
  const share = from === to ? 0 : (time - from.seconds) / (to.seconds - from.seconds);
  return from.slow.validation + share * (to.slow.validation - from.slow.validation);
}

function timeTable(trainers) {
  const time = Math.min(...trainers.flatMap(({ runs }) => runs.map((evaluations) => evaluations.at(-1).seconds)));
  const rows = trainers.map(({ name, lookahead, runs }) => [
    name,
    meanAndSpread(
      runs.map((evaluations) => evaluations.at(-1).seconds),
      1,
    ),
    lookahead
      ? `${mean(runs.map((evaluations) => (100 * evaluations.at(-1).mergeSeconds) / evaluations.at(-1).seconds)).toFixed(3)} %`
      : '',
    meanAndSpread(runs.map((evaluations) => evaluations.at(-1).slow.validation)),
    meanAndSpread(runs.map((evaluations) => lossAt(time, evaluations))),
  ]);
  return markdownTable(
    ['', 'seconds of training', 'of them in sync()', 'validation at equal steps', `after ${time.toFixed(1)} s`],
    rows,
  );
}
