import * as tf from '@tensorflow/tfjs';
import { Lookahead, lookahead as wrap } from 'tfjs-lookahead';
import { stopwatch } from '../../tools/stopwatch.js';
import { allocatedIn, sharesValues } from '../allocations.js';
import { assertSame } from '../compare.js';
import { makeTask, models } from '../models.js';
import { summarize } from '../statistics.js';

const K = 5;
const config = { k: K, alpha: 0.5 };
const LEARNING_RATE = 0.001;
const WARM_UP_CYCLES = 1;
const full = { names: Object.keys(models), cycles: 20, warmUpSteps: 2000 };
const small = { names: ['MLP 784-128-64-10'], cycles: 1, warmUpSteps: 20 };

/** Lookahead's share of real training steps, and the memory that it takes. */
export function plan({ backends, short }) {
  const { names, cycles, warmUpSteps } = short ? small : full;
  const onEach = (measure) =>
    backends.flatMap((backend) =>
      names.map((model) => async () => {
        await tf.setBackend(backend);
        return { backend, model, ...(await measure(models[model])) };
      }),
    );
  return {
    tasks: { time: onEach((make) => measureTime(make, cycles, warmUpSteps)), memory: onEach(measureMemory) },
    about: { k: K, cycles },
  };
}

/** Each trains its own model. `added()`: the milliseconds spent so far in what Lookahead adds to Adam. */
const trainers = {
  bare(task) {
    const adam = tf.train.adam(LEARNING_RATE);
    return { step: () => adam.minimize(task.loss), added: () => 0, dispose: () => adam.dispose() };
  },
  sync(task) {
    const adam = tf.train.adam(LEARNING_RATE);
    const lookahead = new Lookahead(task.variables, config);
    const added = stopwatch(lookahead, 'sync');
    return {
      step() {
        adam.minimize(task.loss);
        lookahead.sync();
      },
      added,
      dispose() {
        lookahead.dispose();
        adam.dispose();
      },
    };
  },
  optimizer(task) {
    const adam = tf.train.adam(LEARNING_RATE);
    const optimizer = wrap(adam, config);
    const inAll = stopwatch(optimizer, 'applyGradients');
    const inAdam = stopwatch(adam, 'applyGradients');
    return {
      step: () => optimizer.minimize(task.loss),
      added: () => inAll() - inAdam(),
      dispose: () => optimizer.dispose(),
    };
  },
};

function start(makeTrainer, make) {
  const task = makeTask(make);
  const trainer = makeTrainer(task);
  return {
    ...trainer,
    variables: task.variables,
    dispose() {
      trainer.dispose();
      task.dispose();
    },
  };
}

function repeat(times, fn) {
  for (let i = 0; i < times; ++i) fn();
}

/**
 * In a training of thousands of steps, the engine compiles at the first ones what all others run. Few steps are
 * measured here, so those first ones are done beforehand, on tiny variables.
 */
function compileTrainers(steps) {
  const variables = [1, 2, 3, 4, 5, 6].map((n) => tf.tidy(() => tf.variable(tf.ones([n]))));
  const task = { variables, loss: () => tf.addN(variables.map((w) => tf.sum(w))) };
  for (const makeTrainer of Object.values(trainers)) {
    const { step, dispose } = makeTrainer(task);
    repeat(steps, step);
    dispose();
  }
  tf.dispose(variables);
}

/** The trainers take turns, a cycle of k steps each, so that whatever slows the machine down hits all of them. */
function measureTime(make, cycles, warmUpSteps) {
  compileTrainers(warmUpSteps);
  const all = Object.entries(trainers).map(([name, makeTrainer]) => ({ name, ...start(makeTrainer, make), times: [] }));
  for (let cycle = -WARM_UP_CYCLES; cycle < cycles; ++cycle) {
    for (let i = 0; i < all.length; ++i) {
      const { step, added, times } = all[(i + Math.max(0, cycle)) % all.length]; // none is always the first
      const addedBefore = added();
      const before = performance.now();
      repeat(K, step);
      const ms = performance.now() - before;
      if (cycle >= 0) times.push({ ms, added: added() - addedBefore });
    }
  }
  const [bare, sync, optimizer] = all;
  sync.variables.forEach((w, i) => {
    assertSame(`sync() and lookahead(), variable ${i}`, w.dataSync(), optimizer.variables[i].dataSync());
  });
  for (const { dispose } of all) dispose();

  const ways = [sync, optimizer].map(({ name, times }) => ({
    way: name,
    addedMicroseconds: summarize(times.map(({ added }) => (1000 * added) / K)),
    sharePercent: summarize(times.map(({ ms, added }) => (100 * added) / (ms - added))),
    differencePercent: summarize(times.map(({ ms }, i) => 100 * (ms / bare.times[i].ms - 1))),
  }));
  return { stepMilliseconds: summarize(bare.times.map(({ ms }) => ms / K)), ways };
}

/** What comes on top of bare Adam's memory: in mid-cycle, during a merge, and just after it. */
function measureMemory(make) {
  const bytesAtRest = (makeTrainer) => {
    const before = tf.memory().numBytes;
    const { step, dispose } = start(makeTrainer, make);
    repeat(K - 1, step);
    const bytes = tf.memory().numBytes - before;
    dispose();
    return bytes;
  };
  const atRestBytes = bytesAtRest(trainers.sync) - bytesAtRest(trainers.bare);

  const task = makeTask(make);
  const adam = tf.train.adam(LEARNING_RATE);
  const lookahead = new Lookahead(task.variables, config);
  let mergeBytes = 0;
  repeat(4 * K, () => {
    adam.minimize(task.loss);
    // A garbage collection during a merge makes it look smaller, so the largest of several merges counts.
    mergeBytes = Math.max(
      mergeBytes,
      allocatedIn(() => lookahead.sync()),
    );
  });
  const bytesOf = (weights) => weights.reduce((sum, { size }) => sum + 4 * size, 0);
  const shared = task.variables.filter((w, i) => sharesValues(w, lookahead.slowWeights[i]));
  const weightBytes = bytesOf(task.variables);
  const afterMergeBytes = atRestBytes - bytesOf(shared);
  lookahead.dispose();
  adam.dispose();
  task.dispose();
  return { weightBytes, atRestBytes, mergeBytes, afterMergeBytes };
}
