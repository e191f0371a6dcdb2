import Table from 'cli-table3';
import { printable } from '../../tools/printable.js';
import { inWords } from '../../tools/progress.js';
import { wrapped } from '../../tools/wrapped.js';
import { concludeLookahead, concludeSpeed, noDifference } from './conclusion.js';

export function formatHeading({ options, text, model }) {
  const { source, trainingCharacters, heldOutCharacters, classes } = text;
  return [
    `Text:     ${printable(source)}`,
    `          ${trainingCharacters} characters to train on, ${heldOutCharacters} held out`,
    `Model:    ${model.layers} LSTM layers of ${model.units} units, ${classes} classes of characters`,
    `Batches:  ${model.batchSize} windows of ${model.sequenceLength} characters`,
    ...formatSettings(options).map((line, i) => `${i === 0 ? 'Trainers:' : '         '} ${line}`),
  ].join('\n');
}

/** Four lines. */
export const formatSettings = ({ lr, k, alpha, seed }) => [
  `Adam at the learning rate ${lr}, as TensorFlow.js has it`,
  'Faster Adam: the same with the training kernels and a fused step',
  `Lookahead around that, k ${k}, alpha ${alpha}, at twice the rate, ${2 * lr}`,
  `on the backend wasm, with the weights and batches of seed ${seed}`,
];

export const formatPlan = ({ steps, seconds, total }) =>
  `The training takes about ${inWords(total)}: ` +
  `${steps === undefined ? inWords(seconds) : `${steps} steps`} for each of the three, in turns.`;

export function formatTable({ unigramLoss, runs }) {
  const right = (content) => ({ content, hAlign: 'right' });
  const loss = (value) => right(value?.toFixed(3) ?? '–');
  const table = new Table({
    head: ['', ...['learning\nrate', 'steps', 'ms per\nstep', 'train\nloss', 'held-out\nloss'].map(right)],
    style: { head: [], border: [], compact: true },
  });
  table.push(['Character frequencies', right('–'), right('–'), right('–'), right('–'), loss(unigramLoss)]);
  for (const { name, lr, steps, stepMilliseconds, divergedAt, trainLoss, heldOutLoss } of runs) {
    table.push([
      name,
      right(lr),
      right(steps),
      right(stepMilliseconds.toFixed(1)),
      ...(divergedAt === null
        ? [loss(trainLoss), loss(heldOutLoss)]
        : [{ content: `diverged at step ${divergedAt}`, colSpan: 2, hAlign: 'center' }]),
    ]);
  }
  const notes =
    "Losses are in nats per character: of held-out text with Lookahead's slow weights, in training with its fast ones, as " +
    'the mean of the last tenth of the steps.';
  return `${table}\n${wrapped(notes)}`;
}

export function formatConclusion({ unigramLoss, runs, differsAt }) {
  const [plain, faster, lookahead] = runs.map(({ heldOutLoss, ...run }) => ({ ...run, loss: heldOutLoss }));
  const speed = wrapped(concludeSpeed({ plain, faster, differsAt }));
  const losses = [plain, faster, lookahead].map(({ loss }) => loss).filter((loss) => loss !== null);
  if (losses.length > 0 && losses.every((loss) => loss >= unigramLoss)) {
    const nothing =
      'No run predicts better than the character frequencies: there is no loss to compare yet. Train longer, with --seconds.';
    return `${speed}\n${wrapped(nothing)}`;
  }
  const beyond = wrapped(concludeLookahead({ adam: faster.loss, lookahead: lookahead.loss }));
  const note = `(Losses of held-out text; less than ${noDifference} apart counts as level, since chance alone makes as much.)`;
  return `${speed}\n\n${beyond}\n\n${wrapped(note)}`;
}

export function formatSample({ sample }) {
  if (!sample) return 'Lookahead diverged: there is no sample.';
  const { temperature, prompt, continuation } = sample;
  return (
    `Sample from Lookahead's slow weights, temperature ${temperature},\n` +
    `going on from ${printable(JSON.stringify(prompt))}:\n\n${printable(continuation)}`
  );
}
