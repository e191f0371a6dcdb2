/** The allocations of a step of Adam, plain and fused, and what Lookahead holds and allocates beside it. */
import * as tf from '@tensorflow/tfjs';
import { fused, Lookahead } from 'tfjs-lookahead';
import { allocatedIn, heapUseOf, sharesValues } from '../allocations.js';
import { onEach } from '../backend.js';
import { makeTask, models } from '../models.js';
import { totalOf } from '../sets.js';
import { K, repeat, startTraining, trainers } from '../trainers.js';

const RUNS = 4;

export function plan({ backends, extent }) {
  const names = Object.keys(models).slice(0, extent === 'short' ? 2 : Number.POSITIVE_INFINITY);
  return {
    tasks: {
      step: onEach(backends, names, (model) => ({ model, ...measureStep(models[model]) })),
      lookahead: onEach(backends, names, (model) => ({ model, ...measureLookahead(models[model]) })),
    },
  };
}

const bytesOf = (variables) => 4 * totalOf(variables.map(({ shape }) => shape));

/** The optimizer's part alone: the gradients are there. */
function measureStep(make) {
  const task = makeTask(make, tf);
  const { value, grads } = tf.variableGrads(task.loss, task.variables);
  const useOf = (adam) => {
    const step = () => adam.applyGradients(grads);
    repeat(2, step);
    const use = heapUseOf(step, RUNS);
    adam.dispose();
    return use;
  };
  const uses = { plain: useOf(tf.train.adam()), fused: useOf(fused(tf.train.adam())) };
  const weightBytes = bytesOf(task.variables);
  tf.dispose([value, grads]);
  task.dispose();
  return { weightBytes, ...uses };
}

/** The memory beside that of bare Adam: in mid-cycle, while merging, and just after. */
function measureLookahead(make) {
  const bytesAtRest = (name) => {
    const before = tf.memory().numBytes;
    const { step, dispose } = startTraining(name, make, tf);
    repeat(K - 1, step);
    const bytes = tf.memory().numBytes - before;
    dispose();
    return bytes;
  };
  const atRestBytes = bytesAtRest('Adam and sync()') - bytesAtRest('Adam');

  const task = makeTask(make, tf);
  const adam = trainers.Adam.start(task);
  const lookahead = new Lookahead(task.variables, { k: K });
  // A figure lacks what a collection frees meanwhile, so it is the most of several merges.
  let mergeBytes = 0;
  repeat(RUNS * K, () => {
    adam.step();
    mergeBytes = Math.max(
      mergeBytes,
      allocatedIn(() => lookahead.sync()),
    );
  });
  const shared = task.variables.filter((w, i) => sharesValues(w, lookahead.slowWeights[i]));
  const weightBytes = bytesOf(task.variables);
  const afterMergeBytes = atRestBytes - bytesOf(shared);
  lookahead.dispose();
  adam.dispose();
  task.dispose();
  return { weightBytes, atRestBytes, mergeBytes, afterMergeBytes };
}
