import * as tf from '@tensorflow/tfjs';
import { Lookahead } from 'tfjs-lookahead';
import { assertEqual, compare } from './compare.js';
import { randomValues } from './random.js';
import { sets, sizeOf } from './sets.js';

const ALPHA = 0.5;

export const title =
  'A whole merge: sync() against the same merge written in tfjs ops, in microseconds, fast weights newly assigned before each';
export const head = ['backend', 'variables', 'weights', 'sync()', 'tfjs ops', 'ratio'];
export const stepsOf = (backends) => backends.length * Object.keys(sets).length;

tf.env().set('PROD', true); // no recommendation of tfjs-node between the figures

const isGPU = (backend) => backend.startsWith('webg');

/** The same merge, as one writes it without this package. */
function mergeInOps(fast, slow) {
  tf.tidy(() => {
    fast.forEach((w, i) => {
      const merged = tf.add(slow[i], tf.mul(tf.sub(w, slow[i]), ALPHA));
      slow[i].assign(merged);
      w.assign(merged);
    });
  });
}

const concatenated = async (weights) => {
  const all = tf.tidy(() => tf.concat(weights.map((w) => tf.reshape(w, [-1]))));
  const values = await all.data();
  all.dispose();
  return values;
};

/** A row for each backend and set of variables. */
export async function* rows(backends) {
  for (const backend of backends) {
    await tf.setBackend(backend);
    // Small tensors that were never on the GPU would be merged on the CPU; those that an inner step left are on the GPU.
    for (const flag of ['WEBGL_CPU_FORWARD', 'WEBGPU_CPU_FORWARD']) {
      if (flag in tf.env().flagRegistry) tf.env().set(flag, false);
    }
    for (const [name, shapes] of Object.entries(sets)) yield await row(backend, name, shapes);
  }
}

async function row(backend, name, shapes) {
  const initial = shapes.map((shape, i) => randomValues(sizeOf(shape), i));
  const values = shapes.map((shape, i) => randomValues(sizeOf(shape), i + 1000));
  const one = tf.scalar(1);
  const onGPU = isGPU(backend) && values.map((v, i) => tf.tidy(() => tf.mul(tf.tensor(v, shapes[i]), one)));
  /** New values in new buffers, as an inner optimizer's step leaves them. */
  const assignFresh = (fast) => {
    fast.forEach((w, i) => {
      const fresh = onGPU ? tf.mul(onGPU[i], one) : tf.tensor(values[i].slice(), w.shape);
      w.assign(fresh);
      fresh.dispose();
    });
    return finished(fast);
  };
  /** A GPU works on after the call returns: its time ends when a result can be read. */
  const finished = (fast) => (onGPU ? fast[fast.length - 1].data() : undefined);
  const variables = (trainable) =>
    shapes.map((shape, i) => tf.tidy(() => tf.variable(tf.tensor(initial[i].slice(), shape), trainable)));

  const ours = variables(true);
  const lookahead = new Lookahead(ours, { k: 1, alpha: ALPHA });
  const theirs = variables(true);
  const slow = variables(false);
  const contenders = {
    sync: {
      prepare: () => assignFresh(ours),
      run: () => {
        lookahead.sync();
        return finished(ours);
      },
    },
    ops: {
      prepare: () => assignFresh(theirs),
      run: () => {
        mergeInOps(theirs, slow);
        return finished(theirs);
      },
    },
  };
  for (const { prepare, run } of Object.values(contenders)) {
    await prepare();
    await run();
  }
  assertEqual({ sync: await concatenated(ours), ops: await concatenated(theirs) }, onGPU ? 2 ** -22 : 0);
  const ns = await compare(contenders);

  lookahead.dispose();
  tf.dispose([ours, theirs, slow, one, onGPU || []]);
  const weights = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  return [
    backend,
    `${name} (${shapes.length})`,
    weights.toLocaleString('en'),
    (ns.sync / 1000).toFixed(0),
    (ns.ops / 1000).toFixed(0),
    `${(ns.ops / ns.sync).toFixed(1)} x`,
  ];
}
