/** Ways to train a model with Adam, as figures compare them. */
import * as tf from '@tensorflow/tfjs-core';
import {
  fused,
  Lookahead,
  registerTrainingKernels,
  unregisterTrainingKernels,
  lookahead as wrap,
} from 'tfjs-lookahead';
import { stopwatch } from '../tools/stopwatch.js';
import { makeTask, needsKernels } from './models.js';

export const K = 5;
const config = { k: K, alpha: 0.5 };
export const LEARNING_RATE = 0.001;

const trainByAlone = (optimizer, task) => ({
  optimizer,
  step: () => optimizer.minimize(task.loss),
  dispose: () => optimizer.dispose(),
});

/**
 * The contenders, by the names that tables show. The others are compared with the first.
 *
 * `start(task)` returns `step()`, `dispose()` and, where Lookahead adds something to its inner optimizer, `added()`:
 * the milliseconds that this took so far. If one optimizer makes the whole step, it returns that as `optimizer` too. The
 * task has variables and a loss; the caller disposes it. `sameAs` names another contender, which has to come to the same
 * weights. A contender with a `backend` runs on that one only; `enter` comes before its turn, and `leave` after it.
 */
export const trainers = {
  Adam: {
    start: (task) => trainByAlone(tf.train.adam(LEARNING_RATE), task),
  },
  'fused(adam)': {
    sameAs: 'Adam',
    start: (task) => trainByAlone(fused(tf.train.adam(LEARNING_RATE)), task),
  },
  'lookahead(adam)': {
    sameAs: 'Adam and sync()',
    start(task) {
      const adam = tf.train.adam(LEARNING_RATE);
      const optimizer = wrap(adam, config);
      const inAll = stopwatch(optimizer, 'applyGradients');
      const inAdam = stopwatch(adam, 'applyGradients');
      return { ...trainByAlone(optimizer, task), added: () => inAll() - inAdam() };
    },
  },
  'lookahead(adam), kernels': {
    sameAs: 'Adam and sync()',
    backend: 'wasm',
    enter: registerTrainingKernels,
    leave: unregisterTrainingKernels,
    start: (task) => trainByAlone(wrap(tf.train.adam(LEARNING_RATE), config), task),
  },
  'Adam and sync()': {
    start(task) {
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
  },
};

/**
 * The names of the contenders that train a model on the active backend; null stands for a model that needs no kernels.
 */
export function trainersHere(model) {
  const backend = tf.getBackend();
  const needs = backend === 'wasm' && needsKernels.includes(model);
  const trains = (name) => (needs ? [backend] : [undefined, backend]).includes(trainers[name].backend);
  return Object.keys(trainers).filter(trains);
}

/** A trainer with a model of its own: every call makes the same one. */
export function startTraining(name, make, allOfTensorFlow) {
  const task = makeTask(make, allOfTensorFlow);
  const { enter, leave, start } = trainers[name];
  const trainer = start(task);
  return {
    ...trainer,
    enter,
    leave,
    task,
    variables: task.variables,
    dispose() {
      trainer.dispose();
      task.dispose();
    },
  };
}

export function repeat(times, fn) {
  for (let i = 0; i < times; ++i) fn();
}
