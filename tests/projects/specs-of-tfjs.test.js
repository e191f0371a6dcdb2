/**
 * The specs of tfjs-core, which come with its npm package, on `wasm` with our kernels: those of every op that has one,
 * or whose gradient does. Each spec has to pass, except for those that TensorFlow.js fails by itself and that are
 * listed here with what is missing.
 */
import '@tensorflow/tfjs-backend-wasm';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import nodeResolve from '@rollup/plugin-node-resolve';
import * as tf from '@tensorflow/tfjs';
import { rollup } from 'rollup';
import { registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { installJasmine } from '../support/jasmine.js';

const files = [
  ...['add', 'arithmetic', 'basic_lstm_cell', 'batchnorm', 'binary_ops', 'broadcast_to', 'clone', 'concat', 'conv1d'],
  ...[
    'conv2d',
    'conv2d_separable',
    'conv2d_transpose',
    'depthwise_conv2d',
    'fused/fused_conv2d',
    'fused/fused_depthwise_conv2d',
  ],
  ...['fused/fused_mat_mul', 'gather', 'losses/mean_squared_error', 'losses/sigmoid_cross_entropy'],
  ...['losses/softmax_cross_entropy', 'mat_mul', 'max_pool', 'mean', 'moments', 'multi_rnn_cell', 'norm', 'operation'],
  ...['pool', 'slice', 'slice1d', 'slice2d', 'slice3d', 'slice4d', 'softmax', 'split', 'stack', 'sub', 'sum', 'tile'],
  ...['transpose', 'unsorted_segment_sum', 'unstack'],
];

/** The messages in which the `wasm` backend says what it lacks. */
const lacks = [
  /^Kernel 'Complex' not registered/,
  /does not support dataFormat/,
  /only supports rank-1 bias/,
  /^BatchMatMul for non non-float32 tensors not yet supported/,
];

/** Specs that TensorFlow.js fails there, although no message says that it lacks anything. */
const wrong = [
  ...['max', 'avg'].map((type) => `pool: ${type} x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding`),
  'slice2d: throws when requesting out of bounds slice',
];

/**
 * Specs that are not run: tiles of strings, after which the instance is lost; those that count tensors and expect none
 * of other specs; and `gather` with batchDims. That reads beyond its indices on `wasm`, so its result depends on what
 * else was on the heap.
 */
const skipped = /string tensor|delayed .* no mem leak|batchDims/;

const dist = fileURLToPath(new URL('../../node_modules/@tensorflow/tfjs-core/dist/', import.meta.url));
const folder = new URL('../../build/specs/', import.meta.url);

/**
 * The module of tfjs-core's own tests that specs import: which environment there is, and that each begins with no
 * tensors.
 */
const environment = `
  import * as tf from '@tensorflow/tfjs-core';
  export const [ALL_ENVS, NODE_ENVS, SYNC_BACKEND_ENVS] = [true, true, true];
  export const [CHROME_ENVS, BROWSER_ENVS] = [false, false];
  export function describeWithFlags(name, isHere, define) {
    if (!isHere) return;
    describe(name, () => {
      beforeEach(() => tf.engine().startScope());
      afterEach(() => {
        tf.engine().endScope();
        tf.disposeVariables();
      });
      define({ name: 'wasm', backendName: 'wasm', isDataSync: true });
    });
  }`;

/** The specs are modules for a bundler. If one imports tfjs-core itself, it gets the copy that runs. */
const resolver = {
  name: 'specs',
  resolveId(id, importer) {
    if (!importer || !id.startsWith('.')) return null;
    const path = resolve(importer, '..', id);
    if (path === `${dist}jasmine_util`) return 'environment';
    if (path === `${dist}index`) return { id: '@tensorflow/tfjs-core', external: true };
    return existsSync(`${path}.js`) ? `${path}.js` : null;
  },
  load: (id) => (id === 'environment' ? environment : null),
};

async function bundle() {
  const build = await rollup({
    input: Object.fromEntries(files.map((file) => [file, `${dist}ops/${file}_test.js`])),
    external: ['@tensorflow/tfjs-core'],
    plugins: [resolver, nodeResolve({ preferBuiltins: true }), commonjs()],
    onwarn() {},
  });
  await build.write({ dir: fileURLToPath(folder), format: 'es' });
  await build.close();
}

/** @returns the message of a spec that fails, or null. */
async function failure(spec) {
  try {
    await spec();
    return null;
  } catch ({ message }) {
    return message;
  }
}

const test = suite('specs of tfjs-core with the training kernels');
let jasmine;

test.before(async () => {
  await bundle();
  await tf.setBackend('wasm');
  jasmine = installJasmine();
});

test.after.each(() => void unregisterTrainingKernels());

test.after(() => jasmine.remove());

const gained = [];

for (const file of files) {
  test(file, async () => {
    const specs = await jasmine.collect(() => import(new URL(`${file}.js`, folder)));
    assert.ok(specs.size > 0);
    for (const [name, spec] of specs) {
      if (skipped.test(name)) continue;
      const alone = await failure(spec);
      registerTrainingKernels();
      const withKernels = await failure(spec);
      unregisterTrainingKernels();
      if (alone && !withKernels) gained.push(name);
      if (!withKernels) continue;
      assert.is(withKernels, alone, `${name}: what it says with the kernels, and without`);
      assert.ok(wrong.includes(name) || lacks.some((reason) => reason.test(alone)), `${name}: ${alone}`);
    }
  });
}

test('some fifty specs, of gradients of convolutions and of gather, pass with the kernels alone', () => {
  assert.ok(gained.length >= 50, `${gained.length}`);
  for (const op of ['conv1d', 'conv2d', 'depthwiseConv2d', 'gather']) {
    assert.ok(
      gained.some((name) => name.startsWith(op)),
      `${op}: ${gained}`,
    );
  }
});

test.run();
