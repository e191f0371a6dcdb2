/**
 * gpt-tfjs of npm, a GPT on layers of TensorFlow.js with a training loop of its own. On `wasm` it trains only with the
 * kernels.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { lookahead, registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { npm } from '../../tools/install-packages.js';
import { randomValues } from '../support/reference.js';

const folder = new URL('../../build/gpt/', import.meta.url);

/** Without its dependencies, so that it shares TensorFlow.js with this package. */
async function load() {
  const cwd = fileURLToPath(folder);
  if (!existsSync(new URL('package/index.js', folder))) {
    mkdirSync(cwd, { recursive: true });
    const archive = await npm(['pack', '--silent', 'gpt-tfjs@0.0.5'], { cwd });
    execFileSync('tar', ['xzf', archive.trim()], { cwd });
  }
  return createRequire(folder)('./package/index.js');
}

const [BATCH, BLOCK, VOCABULARY] = [4, 8, 6];
const ids = Array.from(randomValues(BATCH * (BLOCK + 1), 9), (value) => Math.floor(((value + 1) / 2) * VOCABULARY));
const rows = Array.from({ length: BATCH }, (_, i) => ids.slice(i * (BLOCK + 1), (i + 1) * (BLOCK + 1)));

/** Each text, and as targets the same text, one symbol on. */
const dataset = () =>
  tf.data.array(rows).map((row) => ({
    x: tf.tensor1d(row.slice(0, -1), 'int32'),
    y: tf.oneHot(tf.tensor1d(row.slice(1), 'int32'), VOCABULARY),
  }));

const test = suite('gpt-tfjs');
let gpt;

test.before(async () => {
  tf.env().set('PROD', true);
  gpt = await load();
});

test.after.each(() => void unregisterTrainingKernels());

function newModel() {
  const [embdDrop, residDrop, dropout] = [0, 0, 0];
  const sizes = { nLayer: 2, nHead: 2, nEmbd: 12, vocabSize: VOCABULARY, blockSize: BLOCK };
  const model = gpt.model.GPTLMHeadModel({ ...sizes, embdDrop, residDrop, dropout });
  const { model: layers } = model;
  tf.tidy(() => {
    layers.setWeights(
      layers.weights.map(({ shape, name }, i) => {
        const values = tf.tensor(randomValues(tf.util.sizeFromShape(shape), i + 1), shape);
        return name.includes('gamma') ? tf.onesLike(values) : tf.mul(values, 0.3);
      }),
    );
  });
  return model;
}

/** The losses of its own training. */
async function losses(maxIter) {
  const model = newModel();
  const seen = [];
  try {
    await model.train(dataset(), {
      ...{ maxIter, batchSize: BATCH, shuffle: 1, lr: 0.01 },
      callbacks: [(_, loss) => void seen.push(loss)],
    });
  } finally {
    model.model.dispose();
  }
  return seen;
}

test('TensorFlow.js alone does not train it', async () => {
  await tf.setBackend('wasm');
  let message = 'nothing was thrown';
  await losses(1).catch((error) => {
    message = error.message;
  });
  assert.match(message, "Kernel 'UnsortedSegmentSum' not registered for backend 'wasm'");
});

test('with the kernels its training learns, as on cpu', async () => {
  await tf.setBackend('cpu');
  const expected = await losses(12);
  await tf.setBackend('wasm');
  registerTrainingKernels();
  const actual = await losses(12);
  assert.is(actual.length, 12);
  assert.ok(actual.at(-1) < 0.7 * actual[0], `${actual}`);
  for (const [i, loss] of actual.entries()) {
    assert.ok(Math.abs(loss - expected[i]) < 1e-3 * expected[i], `step ${i}: ${loss}, on cpu ${expected[i]}`);
  }
});

test('and so does a Lookahead, without a leak', async () => {
  await tf.setBackend('wasm');
  registerTrainingKernels();
  const { model } = newModel();
  const optimizer = lookahead(tf.train.adam(0.01));
  const x = tf.tensor2d(
    rows.map((row) => row.slice(0, -1)),
    [BATCH, BLOCK],
    'int32',
  );
  const y = tf.tidy(() =>
    tf.oneHot(
      tf.tensor2d(
        rows.map((row) => row.slice(1)),
        [BATCH, BLOCK],
        'int32',
      ),
      VOCABULARY,
    ),
  );
  const step = () => {
    const cost = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, model.apply(x)), true);
    const [value] = cost.dataSync();
    cost.dispose();
    return value;
  };
  const first = step();
  const { numTensors } = tf.memory();
  for (let i = 0; i < 14; ++i) step();
  assert.is(tf.memory().numTensors, numTensors);
  const last = step();
  assert.ok(last < 0.7 * first, `${first}, then ${last}`);
  optimizer.dispose();
  model.dispose();
  tf.dispose([x, y]);
});

test.run();
