/** Whole training steps on each backend, without any part of Node: the page in the browser runs the same. */
import * as tf from '@tensorflow/tfjs';
import { onEach } from '../backend.js';
import { assertSame, takeTurns } from '../compare.js';
import { finished, onGPU } from '../gpu.js';
import { models } from '../models.js';
import { totalOf } from '../sets.js';
import { summarize } from '../statistics.js';
import { K, LEARNING_RATE, makeTrainer, repeat, startTraining, trainerNames } from '../trainers.js';

const full = { names: Object.keys(models), warmUpSteps: 1000 };
const small = { names: Object.keys(models).slice(0, 2), warmUpSteps: 20 };

/** Adam alone, fused and with Lookahead, and what Lookahead itself adds. */
export function plan({ backends, short, effort }) {
  const { names, warmUpSteps } = short ? small : full;
  return {
    tasks: {
      time: onEach(backends, names, async (model) => ({
        model,
        ...(await measureTime(models[model], effort, warmUpSteps)),
      })),
    },
    about: { k: K },
  };
}

/**
 * A training has thousands of steps, at the beginning of which the engine compiles what all others run. Here, where there are few,
 * tiny variables have the others before. (On a GPU they would take minutes, and what the engine compiles counts for little.)
 */
function compileTrainers(steps) {
  const variables = [1, 2, 3, 4, 5, 6].map((n) => tf.tidy(() => tf.variable(tf.ones([n]))));
  const task = { variables, loss: () => tf.addN(variables.map((w) => tf.sum(w))) };
  for (const name of trainerNames) {
    const { step, dispose } = makeTrainer(name, task);
    repeat(steps, step);
    dispose();
  }
  tf.dispose(variables);
}

/** Pairs of trainers that have to come to the same weights. */
async function check(all) {
  repeat(onGPU() ? 1 : 2 * K, () => {
    for (const { step } of Object.values(all)) step();
  });
  const assertEqual = onGPU() ? assertNearlyAll : assertSame;
  for (const [one, other] of [
    ['fused', 'adam'],
    ['lookahead', 'sync'],
  ]) {
    for (const [i, w] of all[one].variables.entries()) {
      const expected = await all[other].variables[i].data();
      assertEqual(`${one} against ${other}, variable ${i}`, await w.data(), expected);
    }
  }
}

/**
 * A GPU adds in an order of its own, so the gradients of two equal models differ in the last bit, and where a gradient is next to
 * nothing Adam makes a step of that. (The section of steps gives both the same gradients, and compares every element.)
 */
function assertNearlyAll(name, values, expected) {
  const difference = values.reduce((sum, value, i) => sum + Math.abs(value - expected[i]), 0) / values.length;
  if (!(difference < LEARNING_RATE / 20))
    throw new Error(`${name}: after a step they differ by ${difference} in the mean`);
}

/** A cycle of k steps, so that each has its merge. */
function cycleOf({ step, added, variables }) {
  const cycles = [];
  return {
    cycles,
    run() {
      const [start, addedBefore] = [performance.now(), added?.()];
      repeat(K, step);
      if (added) cycles.push({ ms: performance.now() - start, added: added() - addedBefore });
      return finished(variables.at(-1));
    },
  };
}

async function measureTime(make, effort, warmUpSteps) {
  if (!onGPU()) compileTrainers(warmUpSteps);
  const all = Object.fromEntries(trainerNames.map((name) => [name, startTraining(name, make)]));
  try {
    await check(all);
    const contenders = Object.fromEntries(Object.entries(all).map(([name, trainer]) => [name, cycleOf(trainer)]));
    const { ns, ratios } = await takeTurns(contenders, effort);
    return {
      weights: totalOf(all.adam.variables.map(({ shape }) => shape)),
      nsPerCycle: ns,
      ratios,
      ...(!onGPU() && { ways: ['sync', 'lookahead'].map((name) => added(name, contenders[name])) }),
    };
  } finally {
    for (const { dispose } of Object.values(all)) dispose();
  }
}

const added = (way, { cycles }) => ({
  way,
  addedMicroseconds: summarize(cycles.map(({ added }) => (1000 * added) / K)),
  sharePercent: summarize(cycles.map(({ ms, added }) => (100 * added) / (ms - added))),
});
