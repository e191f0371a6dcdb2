import Table from 'cli-table3';
import { printable } from '../../tools/printable.js';

export function formatHeading({ options, text, model }) {
  const { source, trainingCharacters, heldOutCharacters, classes } = text;
  return [
    `Text:     ${printable(source)}; ${trainingCharacters} characters to train on, ${heldOutCharacters} held out`,
    `Model:    ${model.layers} LSTM layers of ${model.units} units, ${classes} classes of characters`,
    `Batches:  ${model.batchSize} windows of ${model.sequenceLength} characters`,
    `Settings: ${formatSettings(options)}`,
  ].join('\n');
}

export function formatSettings({ steps, k, alpha, lr, backend, seed, api }) {
  return `api ${api}, steps ${steps}, k ${k}, alpha ${alpha}, learning rate ${lr}, backend ${backend}, seed ${seed}`;
}

export function formatTable({ unigramLoss, runs }) {
  const right = (content, rowSpan = 1) => ({ content, rowSpan, hAlign: 'right', vAlign: 'center' });
  const validationCells = (loss, perplexity) => [right(loss.toFixed(3)), right(perplexity.toFixed(2))];
  const table = new Table({
    head: ['', ...['train loss', 'validation loss', 'perplexity', 'training time'].map((title) => right(title))],
    style: { head: [], border: [] },
  });
  table.push([
    'Character frequencies alone',
    right('–'),
    ...validationCells(unigramLoss, Math.exp(unigramLoss)),
    right('–'),
  ]);
  for (const { trainLoss, validation, seconds } of runs) {
    validation.forEach(({ name, loss, perplexity }, i) => {
      const cells = [name, ...validationCells(loss, perplexity)];
      if (i === 0) {
        // The training is the same, whichever weights are evaluated.
        cells.splice(1, 0, right(trainLoss.toFixed(3), validation.length));
        cells.push(right(`${seconds.toFixed(1)} s`, validation.length));
      }
      table.push(cells);
    });
  }
  return `${table}\nLosses are in nats per character; the train loss is the mean of the last tenth of the steps.`;
}

/** What Lookahead added to the time of its run. */
export function formatLookaheadCost({ runs }, { steps, k }) {
  const { lookaheadCost, seconds } = runs.find((run) => run.lookaheadCost);
  const { steps: counted, merges, milliseconds, innerStepPath = 'ops' } = lookaheadCost;
  const perMerge = merges === 0 ? '' : ` ${(milliseconds / merges).toFixed(2)} ms per merge,`;
  const share = (100 * milliseconds) / (1000 * seconds);
  const cost =
    `Lookahead counted ${counted} steps and merged ${merges} times: ` +
    `${milliseconds.toFixed(1)} ms in all,${perMerge} ${share.toFixed(2)} % of that training time.`;
  return [
    ...(steps % k === 0 ? ['The last step merged: fast and slow weights are the same.'] : []),
    cost,
    ...(innerStepPath === 'ops' ? [] : [`Its Adam steps fused (${innerStepPath}), which plain Adam does not.`]),
  ].join('\n');
}

export function formatSample({ sample }) {
  const { temperature, prompt, continuation } = sample;
  return `Sample from the slow weights at temperature ${temperature}, going on from ${printable(JSON.stringify(prompt))}:\n\n${printable(continuation)}`;
}
