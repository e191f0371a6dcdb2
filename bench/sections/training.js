/** Whole training steps on each backend, without any part of Node: the page in the browser runs the same. */
import * as core from '@tensorflow/tfjs-core';
import { registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import { onEach } from '../backend.js';
import { assertSame, efforts, takeTurns } from '../compare.js';
import { finished, onGPU } from '../gpu.js';
import { makeTask, models, modelsOn } from '../models.js';
import { totalOf } from '../sets.js';
import { summarize } from '../statistics.js';
import { K, LEARNING_RATE, repeat, startTraining, trainers, trainersHere } from '../trainers.js';

const extents = {
  full: { modelsOn, warmUpSteps: 1000 },
  brief: { modelsOn: () => modelsOn('cpu'), warmUpSteps: 300 },
  short: {
    modelsOn: (backend) => [
      ...modelsOn(backend).slice(0, 2),
      ...modelsOn(backend).filter((name) => name.startsWith('CNN')),
    ],
    warmUpSteps: 20,
  },
};

const OURS = 'lookahead(adam), kernels';

/**
 * Every contender on every model, and what Lookahead itself adds.
 *
 * @param tf all of TensorFlow.js, whose layers the models are made of.
 * @param startJax see `jax/trainer.js`, if it is to be compared on `wasm`.
 */
export function plan({ backends, extent, tf, startJax }) {
  const { modelsOn, warmUpSteps } = extents[extent];
  const measure = async (model) => ({
    model,
    ...(await measureTime(model, { tf, startJax, warmUpSteps, effort: efforts[extent] })),
  });
  return {
    tasks: { time: backends.flatMap((backend) => onEach([backend], modelsOn(backend), measure)) },
    about: { k: K },
  };
}

/**
 * A training has thousands of steps. At its beginning the engine compiles what all other steps run. A measurement has
 * few steps, so tiny variables go through that beginning first. (On a GPU they would take minutes, and what the engine
 * compiles counts for little.)
 */
function compileTrainers(steps) {
  const variables = [1, 2, 3, 4, 5, 6].map((n) => core.tidy(() => core.variable(core.ones([n]))));
  const task = { variables, loss: () => core.addN(variables.map((w) => core.sum(w))) };
  for (const name of trainersHere(null)) {
    const { step, dispose } = trainers[name].start(task);
    repeat(steps, step);
    dispose();
  }
  core.dispose(variables);
}

/** Checks the contenders that have to come to the same weights as another, where that one can train. */
async function check(all) {
  repeat(onGPU() ? 1 : 2 * K, () => {
    for (const { enter, step, leave } of Object.values(all)) {
      enter?.();
      step();
      leave?.();
    }
  });
  const assertEqual = onGPU() ? assertNearlyAll : assertSame;
  for (const name of Object.keys(all)) {
    const { sameAs } = trainers[name];
    if (!all[sameAs]) continue;
    for (const [i, w] of all[name].variables.entries()) {
      const expected = await all[sameAs].variables[i].data();
      assertEqual(`${name} against ${sameAs}, variable ${i}`, await w.data(), expected);
    }
  }
}

/**
 * A GPU adds in an order of its own, so the gradients of two equal models differ in the last bit. Where a gradient is
 * next to nothing, Adam makes a step of that difference. (The section of steps gives both the same gradients, and
 * compares every element.)
 */
function assertNearlyAll(name, values, expected) {
  const difference = values.reduce((sum, value, i) => sum + Math.abs(value - expected[i]), 0) / values.length;
  if (!(difference < LEARNING_RATE / 20))
    throw new Error(`${name}: after a step they differ by ${difference} in the mean`);
}

/** A cycle of k steps, so that each has its merge. */
function cycleOf({ step, added, variables, enter, leave }) {
  const cycles = [];
  return {
    cycles,
    enter() {
      if (!enter) return;
      enter();
      repeat(K, step); // kernels are set up in it
    },
    leave,
    run() {
      const [start, addedBefore] = [performance.now(), added?.()];
      repeat(K, step);
      if (added) cycles.push({ ms: performance.now() - start, added: added() - addedBefore });
      return finished(variables.at(-1));
    },
  };
}

/**
 * jax-js with a model of its own, once it has come to the loss that Adam comes to with the kernels.
 *
 * @returns null if it has no such model.
 */
async function startCheckedJax(startJax, model, tf) {
  const task = makeTask(models[model], tf);
  const adam = core.train.adam(LEARNING_RATE);
  try {
    const trainer = startJax(model, task);
    if (!trainer) return null;
    registerTrainingKernels();
    repeat(2 * K, () => {
      adam.minimize(task.loss);
      trainer.step();
    });
    const expected = core.tidy(() => task.loss().dataSync()[0]);
    trainer.step();
    const loss = await trainer.loss();
    if (!(Math.abs(loss - expected) < 1e-3 * expected))
      throw new Error(`jax-js: the loss is ${loss}, expected ${expected}`);
    return trainer;
  } finally {
    unregisterTrainingKernels();
    adam.dispose();
    task.dispose();
  }
}

const jaxCycle = ({ step, finish }) => ({
  run() {
    repeat(K, step);
    return finish();
  },
});

async function measureTime(model, { tf, startJax, warmUpSteps, effort }) {
  if (!onGPU()) compileTrainers(warmUpSteps);
  const all = Object.fromEntries(trainersHere(model).map((name) => [name, startTraining(name, models[model], tf)]));
  const inJax = startJax && core.getBackend() === 'wasm' ? await startCheckedJax(startJax, model, tf) : null;
  try {
    await check(all);
    const contenders = Object.fromEntries(Object.entries(all).map(([name, trainer]) => [name, cycleOf(trainer)]));
    if (inJax) contenders['jax-js'] = jaxCycle(inJax);
    const { ns, ratios, times } = await takeTurns(contenders, effort);
    const ways = Object.keys(all).filter((name) => all[name].added);
    return {
      weights: totalOf(Object.values(all)[0].variables.map(({ shape }) => shape)),
      nsPerCycle: ns,
      ratios: all.Adam ? ratios : {},
      ...(inJax && { toJax: summarize(times[OURS].map((time, i) => time / times['jax-js'][i])) }),
      ...(!onGPU() && { ways: ways.map((name) => added(name, contenders[name])) }),
    };
  } finally {
    for (const { dispose } of Object.values(all)) dispose();
    inJax?.dispose();
  }
}

const added = (way, { cycles }) => ({
  way,
  addedMicroseconds: summarize(cycles.map(({ added }) => (1000 * added) / K)),
  sharePercent: summarize(cycles.map(({ ms, added }) => (100 * added) / (ms - added))),
});
