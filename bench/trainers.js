/** Ways to train a model with Adam, as figures compare them. */
import * as tf from '@tensorflow/tfjs';
import { fused, Lookahead, lookahead as wrap } from 'tfjs-lookahead';
import { stopwatch } from '../tools/stopwatch.js';
import { makeTask } from './models.js';

export const K = 5;
const config = { k: K, alpha: 0.5 };
export const LEARNING_RATE = 0.001;

/** `added()`: the milliseconds spent so far in what Lookahead adds to its inner optimizer. */
const trainers = {
  adam(task) {
    const adam = tf.train.adam(LEARNING_RATE);
    return { step: () => adam.minimize(task.loss), dispose: () => adam.dispose() };
  },
  fused(task) {
    const adam = fused(tf.train.adam(LEARNING_RATE));
    return { step: () => adam.minimize(task.loss), dispose: () => adam.dispose() };
  },
  lookahead(task) {
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
};

export const trainerNames = Object.keys(trainers);

/** @param task has variables and a loss; the caller disposes it. */
export const makeTrainer = (name, task) => trainers[name](task);

/** A trainer with a model of its own: every call makes the same one. */
export function startTraining(name, make) {
  const task = makeTask(make);
  const trainer = makeTrainer(name, task);
  return {
    ...trainer,
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
