import Table from 'cli-table3';
import { mean } from 'simple-statistics';
import { printable } from '../../tools/printable.js';
import { inWords } from '../../tools/progress.js';
import { wrapped } from '../../tools/wrapped.js';
import { conclude, noDifference } from './conclusion.js';

export function formatHeading({ options, text, model }) {
  const { source, trainingCharacters, heldOutCharacters, classes } = text;
  return [
    `Text:     ${printable(source)}`,
    `          ${trainingCharacters} characters to train on, ${heldOutCharacters} held out`,
    `Model:    ${model.layers} LSTM layers of ${model.units} units, ${classes} classes of characters`,
    `Batches:  ${model.batchSize} windows of ${model.sequenceLength} characters`,
    ...formatSettings(options).map((line, i) => `${i === 0 ? 'Runs:    ' : '         '} ${line}`),
  ].join('\n');
}

/** Three lines. The steps may not be known yet. */
export function formatSettings({ steps, rates, k, slowStep, backend, seed, api }) {
  const { alpha, outer, rate, momentum } = slowStep;
  const merge =
    outer === undefined
      ? `alpha ${alpha}`
      : `outer ${outer}, its rate ${rate}${momentum === undefined ? '' : ` and momentum ${momentum}`}`;
  return [
    `Adam, alone and in Lookahead, at the learning rates ${rates.join(' and ')}`,
    `k ${k}, ${merge}`,
    `${steps === undefined ? '' : `${steps} steps each, `}api ${api}, backend ${backend}, seed ${seed}`,
  ];
}

export const formatPlan = ({ steps, seconds }) =>
  `The training takes about ${inWords(seconds)}: ${steps} steps of each run.`;

export function formatTable({ unigramLoss, runs }) {
  const right = (content) => ({ content, hAlign: 'right' });
  const loss = (value) => right(value?.toFixed(3) ?? '–');
  const table = new Table({
    head: ['', ...['learning\nrate', 'train\nloss', 'validation\nloss', 'fast\nweights', 'ms per\nstep'].map(right)],
    style: { head: [], border: [], compact: true },
  });
  table.push(['Character frequencies', right('–'), right('–'), loss(unigramLoss), right('–'), right('–')]);
  for (const { name, lr, divergedAt, trainLoss, validationLoss, fastValidationLoss, stepMilliseconds } of runs) {
    table.push([
      name,
      right(lr),
      ...(divergedAt === null
        ? [loss(trainLoss), loss(validationLoss), loss(fastValidationLoss)]
        : [{ content: `diverged at step ${divergedAt}`, colSpan: 3, hAlign: 'center' }]),
      right(stepMilliseconds.toFixed(1)),
    ]);
  }
  const notes =
    "Losses are in nats per character. Lookahead's validation loss is that of its slow weights, and beside it that of its " +
    'fast ones. The train loss is the mean of the last tenth of the steps, with the fast weights.';
  return `${table}\n${wrapped(notes)}`;
}

export function formatConclusion({ unigramLoss, runs }) {
  const losses = runs.map(({ validationLoss }) => validationLoss).filter((loss) => loss !== null);
  if (losses.length > 0 && losses.every((loss) => loss >= unigramLoss)) {
    return wrapped(
      'No run predicts better than the character frequencies: there is nothing to compare yet. Train longer, with --seconds.',
    );
  }
  const rates = [...new Set(runs.map(({ lr }) => lr))];
  const lossOf = (lr, isLookahead) =>
    runs.find((run) => run.lr === lr && (run.lookaheadCost !== undefined) === isLookahead).validationLoss;
  const sentence = conclude(rates.map((lr) => ({ lr, adam: lossOf(lr, false), lookahead: lossOf(lr, true) })));
  const note = `(Validation losses; less than ${noDifference} apart counts as level, since chance alone makes as much.)`;
  return `${wrapped(sentence)}\n${wrapped(note)}`;
}

/** The time of a step, plain and wrapped, and what Lookahead added to it. */
export function formatTimes({ runs }) {
  const lookaheads = runs.filter(({ lookaheadCost }) => lookaheadCost);
  const plain = runs.filter(({ lookaheadCost }) => !lookaheadCost);
  const step = (those) => mean(those.map(({ stepMilliseconds }) => stepMilliseconds));
  const total = (pick) => lookaheads.reduce((sum, run) => sum + pick(run), 0);
  const milliseconds = total(({ lookaheadCost }) => lookaheadCost.milliseconds);
  const share = (100 * milliseconds) / total((run) => run.milliseconds);
  const { innerStepPath } = lookaheads[0].lookaheadCost;
  const fusion = innerStepPath === 'ops' ? '' : `, which fuses the step of Adam (${innerStepPath})`;
  return wrapped(
    `A step takes ${step(plain).toFixed(1)} ms with Adam alone and ${step(lookaheads).toFixed(1)} ms in Lookahead` +
      `${fusion}. Lookahead counted ${total(({ lookaheadCost }) => lookaheadCost.steps)} steps and merged ` +
      `${total(({ lookaheadCost }) => lookaheadCost.merges)} times, in ${share.toFixed(2)} % of its time.`,
  );
}

export function formatSample({ sample }) {
  if (!sample) return 'Both runs of Lookahead diverged: there is no sample.';
  const { lr, temperature, prompt, continuation } = sample;
  return (
    `Sample from the slow weights at the learning rate ${lr}, temperature ${temperature},\n` +
    `going on from ${printable(JSON.stringify(prompt))}:\n\n${printable(continuation)}`
  );
}
