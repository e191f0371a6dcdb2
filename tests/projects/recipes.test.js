/** Every recipe of docs/recipes.md: type-checked as strict TypeScript, run as it stands, and held to what the page says. */
import { adamW, lookahead } from 'tfjs-lookahead';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeBlocks, compile, read } from '../support/code-blocks.js';
import { randomValues } from '../support/reference.js';
import { smallModel, valuesOf } from '../support/small-model.js';
import { tf } from '../support/tf.js';

const [everyEpochMerges, validate, validateMetrics, stopEarly, saveBest, flush, copy, folds, schedule] = codeBlocks(
  read('docs/recipes.md'),
).map(({ code }) => code);
/** As a reader puts them together, since the page defines `validate` once. */
const recipes = {
  everyEpochMerges,
  validate,
  validateMetrics,
  stopEarly: validate + stopEarly,
  saveBest: validate + saveBest,
  flush,
  copy,
  folds,
  schedule,
};

/** The names that the recipes take for granted, as the compiler sees them. */
const declarations = `
import * as tf from '@tensorflow/tfjs';
import { adamW, lookahead, type LookaheadOptimizer } from 'tfjs-lookahead';
declare const url: tf.io.IOHandler, model: tf.LayersModel, optimizer: LookaheadOptimizer;
declare const folds: { x: tf.Tensor2D; y: tf.Tensor2D }[];
declare const x: tf.Tensor2D, y: tf.Tensor2D, xVal: tf.Tensor2D, yVal: tf.Tensor2D;
`;

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

/** 256 rows make 8 batches in an epoch, so that a cycle of 13 steps is under way at its end. */
function makeSubject({ metrics, restart } = {}) {
  const data = (rows, seed) => {
    const x = tf.tensor2d(randomValues(2 * rows, seed), [rows, 2]);
    // More than the model can learn, so that validation soon gets worse.
    return [x, tf.tidy(() => tf.add(tf.sum(x, 1, true), tf.tensor2d(randomValues(rows, seed + 1), [rows, 1])))];
  };
  const [[x, y], [xVal, yVal]] = [data(256, 1), data(64, 5)];
  const optimizer = lookahead(tf.train.adam(0.05), { k: 13, restart });
  const model = smallModel(optimizer);
  model.compile({ optimizer, loss: 'meanSquaredError', metrics });
  const histories = [];
  const fit = model.fit.bind(model);
  model.fit = async (...args) => {
    const history = await fit(...args);
    histories.push(history);
    return history;
  };
  const saved = [];
  const url = {
    async save(artifacts) {
      saved.push(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    },
  };
  const folds = [
    { x, y },
    { x: xVal, y: yVal },
  ];
  const context = { tf, adamW, lookahead, model, optimizer, x, y, xVal, yVal, url, folds };
  const loss = () => tf.tidy(() => [model.evaluate(xVal, yVal)].flat()[0].dataSync()[0]);
  return {
    ...context,
    histories,
    saved,
    loss,
    slowLoss: () => optimizer.withSlowWeights(loss),
    /** Runs a recipe, which may define these names again, and returns those of its own that are wanted. */
    run: (code, wanted = '') =>
      new AsyncFunction(...Object.keys(context), `{ ${code}\nreturn { ${wanted} }; }`)(...Object.values(context)),
  };
}

/** Epochs that `tf.callbacks.earlyStopping` lets pass with these validation losses. */
function epochsUntilStopped(losses, patience) {
  let [best, wait] = [Infinity, 0];
  for (const [i, loss] of losses.entries()) {
    if (loss < best) [best, wait] = [loss, 0];
    else if (++wait >= patience) return i + 1;
  }
  return losses.length;
}

const near = (actual, expected, message) => assert.ok(Math.abs(actual - expected) <= 1e-6 * expected, message);

/**
 * Trains on with `validation`. The losses that callbacks later in the list see are compared with those of both weights.
 */
async function checkThatLaterCallbacksSeeSlowLosses({ model, x, y, loss, slowLoss }, validation) {
  const seen = [];
  const later = new tf.CustomCallback({
    onEpochEnd: (_, logs) => {
      seen.push({ ...logs, slow: slowLoss(), fast: loss() });
    },
  });
  const { history } = await model.fit(x, y, { epochs: 4, verbose: 0, callbacks: [validation, later] });
  assert.is(seen.length, 4);
  for (const { val_loss, slow } of seen) near(val_loss, slow, `${val_loss} is not ${slow}`);
  assert.ok(
    seen.every(({ slow, fast }) => slow !== fast),
    'an epoch never ends with a merge',
  );
  assert.equal(
    history.val_loss,
    seen.map(({ val_loss }) => val_loss),
  );
  return history;
}

const test = suite('recipes');
test.before(() => tf.setBackend('cpu'));

test('every recipe compiles as strict TypeScript', () => {
  for (const code of Object.values(recipes)) assert.equal(compile(`${declarations}{\n${code}\n}`), [], code);
});

test('where k divides the batches of an epoch, fit itself validates the slow weights', async () => {
  const { run, loss, histories } = makeSubject();
  const { optimizer } = await run(everyEpochMerges, 'optimizer');
  assert.is(optimizer.iterations, 8 * histories[0].epoch.length);
  const { val_loss } = histories[0].history;
  near(val_loss.at(-1), optimizer.withSlowWeights(loss));
});

test('val_loss is that of the slow weights, for all that comes later, and no tensor is left', async () => {
  const subject = makeSubject();
  const { validate: validation } = await subject.run(validate, 'validate');
  const before = tf.memory().numTensors;
  await checkThatLaterCallbacksSeeSlowLosses(subject, validation);
  assert.is(tf.memory().numTensors, before);
});

test('with metrics, val_... of each', async () => {
  const subject = makeSubject({ metrics: ['mae'] });
  const { validate: validation } = await subject.run(validateMetrics, 'validate');
  const before = tf.memory().numTensors;
  const history = await checkThatLaterCallbacksSeeSlowLosses(subject, validation);
  assert.is(tf.memory().numTensors, before);
  const [, mae] = subject.optimizer.withSlowWeights(() =>
    subject.model.evaluate(subject.xVal, subject.yVal).map((value) => value.dataSync()[0]),
  );
  near(history.val_mae.at(-1), mae);
});

test('earlyStopping after validate stops where the slow losses say so', async () => {
  const { run, histories } = makeSubject();
  await run(recipes.stopEarly);
  const { epoch, history } = histories.at(-1);
  assert.ok(epoch.length < 100, 'it stopped');
  assert.is(epoch.length, epochsUntilStopped(history.val_loss, 3));
});

test('a list of callbacks and plain objects fails', async () => {
  const { model, x, y } = makeSubject();
  const [plain, callback] = [{ onEpochEnd: () => {} }, tf.callbacks.earlyStopping()];
  for (const callbacks of [
    [plain, callback],
    [callback, plain],
  ]) {
    let failed = false;
    await model.fit(x, y, { epochs: 2, verbose: 0, callbacks }).catch(() => {
      failed = true;
    });
    assert.ok(failed);
  }
});

test('the best slow weights are saved', async () => {
  const { run, saved, histories, xVal, yVal } = makeSubject();
  await run(recipes.saveBest);
  const losses = histories.at(-1).history.val_loss;
  assert.is(saved.length, losses.filter((value, i) => value < Math.min(...losses.slice(0, i))).length);
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved.at(-1)));
  loaded.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  near(loaded.evaluate(xVal, yVal).dataSync()[0], Math.min(...losses));
});

test('flush leaves the slow weights in the model', async () => {
  const { run, model, optimizer } = makeSubject();
  await run(flush);
  assert.equal(await valuesOf(model.getWeights()), await valuesOf(optimizer.slowWeights));
});

for (const restart of [true, false]) {
  test(`the copies are the slow weights as they were, with restart: ${restart}`, async () => {
    const { run, model, optimizer, x, y } = makeSubject({ restart });
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    const slow = await valuesOf(optimizer.slowWeights);
    assert.not.equal(await valuesOf(model.getWeights()), slow);
    const before = tf.memory().numTensors;
    await run(copy);
    assert.equal(await valuesOf(model.getWeights()), slow);
    assert.is(tf.memory().numTensors, before);
    optimizer.adopt();
    await model.fit(x, y, { epochs: 1, verbose: 0 });
  });
}

test('each fold starts again: its slow weights too', async () => {
  const { run, model, optimizer } = makeSubject();
  const start = await valuesOf(model.getWeights());
  const { fit } = model;
  const slow = [];
  model.fit = async (...args) => {
    if (optimizer.slowWeights.length > 0) slow.push(await valuesOf(optimizer.slowWeights));
    return fit(args[0], args[1], { ...args[2], verbose: 0 });
  };
  await run(folds);
  assert.is(slow.length, 1);
  assert.equal(slow[0], start);
});

test('a schedule: the rate and the decay rise, and fall to nothing', async () => {
  const subject = makeSubject();
  const { optimizer, inner, steps, factor } = await subject.run(schedule, 'optimizer, inner, steps, factor');
  assert.is(optimizer.iterations, 5 * 8);
  const last = factor(optimizer.iterations - 1);
  assert.is(optimizer.learningRate, 1e-3 * last);
  assert.is(inner.weightDecay, 0.1 * last);
  assert.equal([factor(0), factor(4), factor(9), factor(steps)], [0.1, 0.5, 1, 0]);
});

test.run();
