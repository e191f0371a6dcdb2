/** Whole training steps as `model.fit` takes them: it cuts the batches out, computes the loss, and reports it. */
import * as core from '@tensorflow/tfjs-core';
import { onEach } from '../backend.js';
import { assertSame, efforts, takeTurns } from '../compare.js';
import { models } from '../models.js';
import { totalOf } from '../sets.js';
import { K, repeat, startTraining, trainers } from '../trainers.js';

const measured = [
  'MLP 4-24-48-2',
  'MLP 784-128-64-10',
  'MLP 784-512-256-10, batch 128',
  'LSTM 64 over 16 of 32 symbols',
];
const extents = {
  full: { names: measured, warmUpEpochs: 20 },
  short: { names: measured.slice(0, 2), warmUpEpochs: 1 },
};

const contenderNames = ['Adam', 'lookahead(adam), kernels'];

/** Whole cycles of k steps, so many that what `fit` does once is shared as in a real epoch. */
const BATCHES = 4 * K;

/** On `wasm`, where the kernels are. */
export function plan({ extent, tf }) {
  const { names, warmUpEpochs } = extents[extent];
  const measure = async (model) => ({
    model,
    ...(await measureFit(model, { tf, warmUpEpochs, effort: efforts[extent] })),
  });
  return { tasks: { time: onEach(['wasm'], names, measure) }, about: { k: K, batches: BATCHES } };
}

/** A trainer whose `run` is one epoch of `model.fit`, of equal batches. */
function startFitting(name, make, tf) {
  const { task, optimizer, dispose, ...trainer } = startTraining(name, make, tf);
  const { model, inputs, targets } = task;
  const [x, y] = [inputs, targets].map((batch) => core.tile(batch, [BATCHES, ...batch.shape.slice(1).fill(1)]));
  model.compile({ optimizer, loss: core.losses.softmaxCrossEntropy });
  return {
    ...trainer,
    run: () => model.fit(x, y, { batchSize: inputs.shape[0], shuffle: false, verbose: 0 }),
    dispose() {
      dispose();
      core.dispose([x, y]);
    },
  };
}

async function runEpochs(epochs, { enter, run, leave }) {
  enter?.();
  for (let epoch = 0; epoch < epochs; ++epoch) await run();
  leave?.();
}

/** After an epoch the weights are those to which as many calls of `minimize` come, bit for bit, without any kernel of ours. */
function check(name, { variables }, make, tf) {
  const expected = startTraining(trainers[name].sameAs ?? name, make, tf);
  try {
    repeat(BATCHES, expected.step);
    for (const [i, w] of variables.entries()) {
      assertSame(`fit with ${name}, variable ${i}`, w.dataSync(), expected.variables[i].dataSync());
    }
  } finally {
    expected.dispose();
  }
}

async function measureFit(model, { tf, warmUpEpochs, effort }) {
  const contenders = Object.fromEntries(contenderNames.map((name) => [name, startFitting(name, models[model], tf)]));
  try {
    for (const [name, contender] of Object.entries(contenders)) {
      await runEpochs(1, contender);
      check(name, contender, models[model], tf);
      await runEpochs(warmUpEpochs, contender);
    }
    const { ns, ratios } = await takeTurns(contenders, effort);
    return { weights: totalOf(contenders.Adam.variables.map(({ shape }) => shape)), nsPerEpoch: ns, ratios };
  } finally {
    for (const { dispose } of Object.values(contenders)) dispose();
  }
}
