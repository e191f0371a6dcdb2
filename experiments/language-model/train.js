import * as tf from '@tensorflow/tfjs';
import { adamW, Lookahead, lion, radam, registerTrainingKernels, lookahead as wrap } from 'tfjs-lookahead';
import { drawSeed, mulberry32 } from '../../tools/random.js';
import { drawBatches, heldOutBatches, makeDataset } from '../../tools/text/dataset.js';
import { readTypeScriptDeclarations } from '../../tools/text/typescript-declarations.js';
import { makeOuter } from '../outer-optimizer.js';
import { mean } from '../statistics.js';
import { lossOf, makeModel } from './model.js';
import { drawMasks } from './weight-drop.js';

const optimizers = {
  adam: (lr) => tf.train.adam(lr),
  momentum: (lr) => tf.train.momentum(lr, 0.9),
  adamw: (lr) => adamW(lr, { weightDecay: 0.01 }),
  radam: (lr) => radam(lr),
  lion: (lr) => lion(lr),
  // Without decay AdamW is Adam, bit for bit.
  'adam, clipped': (lr) => adamW(lr, { weightDecay: 0, globalClipNorm: 1 }),
};

let whole;

/**
 * Trains one model, with the training kernels. Runs of one seed start from the same weights and see the same batches and
 * masks, whatever else differs. `characters` is how many of the text to train on, by default all.
 *
 * @returns for each of the steps `evaluateAt`: the mean training loss since the previous one, the losses of the fast
 * and of the slow weights on the held-out part and on as many windows of the training part, and the seconds of training
 * and of merging so far. Null if the loss is not finite any more.
 */
export function train(settings, tell) {
  const {
    units,
    layerCount,
    weightDrop,
    optimizer: name,
    lr,
    schedule,
    lookahead: config,
    evaluateAt,
    seed,
    characters,
  } = settings;
  const steps = evaluateAt.at(-1);
  registerTrainingKernels();
  whole ??= makeDataset(readTypeScriptDeclarations().content);
  const text = { ...whole, training: whole.training.subarray(0, characters) };
  const random = mulberry32(seed);
  const [weightsSeed, batchesSeed, masksSeed] = [drawSeed(random), drawSeed(random), drawSeed(random)];
  const model = makeModel({ classCount: text.classCount, units, layerCount, random: mulberry32(weightsSeed) });
  const batches = drawBatches(text, mulberry32(batchesSeed));
  const masksRandom = mulberry32(masksSeed);
  const { optimizer, lookahead } = makeOptimizer(optimizers[name](lr), config, model.variables);

  const step = (count) => {
    if (schedule === 'linear') optimizer.learningRate = lr * (1 - count / steps);
    const masks = weightDrop > 0 ? drawMasks(model, weightDrop, masksRandom) : undefined;
    const cost = optimizer.minimize(() => lossOf(model, batches.next().value, masks), true, model.variables);
    const [loss] = cost.dataSync();
    tf.dispose([cost, ...(masks ?? [])]);
    return loss;
  };

  const evaluations = [];
  let [losses, seconds, mergeSeconds] = [[], 0, 0];
  for (let count = 1; count <= steps; ++count) {
    const start = performance.now();
    losses.push(step(count));
    const stepped = performance.now();
    lookahead?.sync?.();
    const end = performance.now();
    seconds += (end - start) / 1000;
    mergeSeconds += (end - stepped) / 1000;
    if (!Number.isFinite(losses.at(-1))) break;
    if (!evaluateAt.includes(count)) continue;
    const fast = evaluate(model, text);
    const slow = lookahead ? lookahead.withSlowWeights(() => evaluate(model, text)) : fast;
    evaluations.push({ step: count, batch: mean(losses), fast, slow, seconds, mergeSeconds });
    losses = [];
    tell(count / steps);
  }
  lookahead?.dispose();
  optimizer.dispose();
  model.dispose();
  return evaluations.length === evaluateAt.length ? evaluations : null;
}

/** With an outer optimizer the slow step is a part of the optimizer's; otherwise `sync()` is, which is timed apart. */
function makeOptimizer(inner, config, variables) {
  if (!config?.outer) return { optimizer: inner, lookahead: config && new Lookahead(variables, config) };
  const optimizer = wrap(inner, { ...config, outer: makeOuter(config.outer) });
  return { optimizer, lookahead: optimizer };
}

/** Without weight drop, and on the same windows each time. */
function evaluate(model, text) {
  const over = (part) => {
    const batches = heldOutBatches({ heldOut: part });
    const losses = batches.map((windows) => {
      const loss = lossOf(model, windows);
      const [value] = loss.dataSync();
      loss.dispose();
      return value;
    });
    return mean(losses);
  };
  return { validation: over(text.heldOut), training: over(text.training) };
}
