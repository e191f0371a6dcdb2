import { markdownTable } from '../../tools/markdown-table.js';
import { meanAndSpread, meanAndStandardError } from '../statistics.js';
import { drawOuterOptimizers } from './picture.js';
import { evaluateAt, slowSteps, trainers } from './settings.js';

export function record(results) {
  const { slowStep, lr, lookahead, seed, ...shared } = results[0].settings;
  return {
    'outer-language-model.json': {
      settings: shared,
      outers: Object.entries(slowSteps).map(([name, { outer }]) => ({ slowStep: name, ...outer })),
      runs: results.map(lossesOf),
    },
  };
}

/** After each of the evaluations, with the slow weights; null if the run diverged. */
function lossesOf({ settings: { slowStep, lr, lookahead, seed }, result }) {
  const each = (part) => result?.map(({ slow }) => Number(slow[part].toFixed(4))) ?? null;
  return {
    ...{ slowStep, k: lookahead?.k ?? null, lr, seed },
    training: each('training'),
    validation: each('validation'),
  };
}

export function present(read) {
  const { runs } = read('outer-language-model.json');
  const entries = trainers.map((trainer) => {
    const mine = runs.filter(({ slowStep, k }) => slowStep === trainer.slowStep && k === trainer.k);
    const { best } = trainer;
    const at = (lr) => mine.filter((run) => run.lr === lr);
    return { ...trainer, sweep: mine.filter(({ seed }) => seed === 1), atBest: at(best), atTwice: at(2 * best) };
  });
  return {
    pictures: { 'outer-language-model.svg': drawOuterOptimizers(entries) },
    tables: {
      sweep: sweepTable(entries),
      training: lossTable(entries, 'training'),
      validation: lossTable(entries, 'validation'),
      halfway: halfwayTable(entries),
    },
  };
}

const last = (runs, part) => runs.map((run) => run[part].at(-1));

function sweepTable(entries) {
  const rates = [...new Set(entries.flatMap(({ sweep }) => sweep.map(({ lr }) => lr)))].sort((a, b) => a - b);
  const rows = entries.map(({ title, k, best, sweep }) => [
    title,
    k ?? '',
    ...rates.map((lr) => {
      const run = sweep.find((each) => each.lr === lr);
      const text = run ? (run.training?.at(-1).toFixed(3) ?? 'diverges') : '';
      return lr === best ? `**${text}**` : text;
    }),
  ]);
  return markdownTable(['slow step', 'k', ...rates.map(String)], rows);
}

function lossTable(entries, part) {
  const [alone] = entries;
  const less = (a, b) => meanAndStandardError(a.map((loss, i) => loss - b[i]));
  const rows = entries.map((entry) => {
    const [best, twice] = [entry.atBest, entry.atTwice].map((runs) => last(runs, part));
    const [aloneBest, aloneTwice] = [alone.atBest, alone.atTwice].map((runs) => last(runs, part));
    const isAlone = entry === alone;
    return [
      entry.title,
      entry.k ?? '',
      entry.best,
      meanAndSpread(best),
      isAlone ? '' : less(best, aloneBest),
      meanAndSpread(twice),
      isAlone ? '' : less(twice, aloneTwice),
      less(twice, best),
    ];
  });
  return markdownTable(
    ['slow step', 'k', 'best lr', 'at the best', 'against Adam', 'at twice it', 'against Adam', 'twice against best'],
    rows,
  );
}

/** Whether those that are behind catch up. */
function halfwayTable(entries) {
  const [alone] = entries;
  const rows = entries
    .slice(1)
    .map(({ title, k, atBest }) => [
      title,
      k,
      ...evaluateAt.map((_, i) =>
        meanAndStandardError(atBest.map((run, j) => run.training[i] - alone.atBest[j].training[i])),
      ),
    ]);
  return markdownTable(['slow step', 'k', ...evaluateAt.map((step) => `after step ${step}`)], rows);
}
