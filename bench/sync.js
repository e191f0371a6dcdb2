import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { Lookahead } from 'tfjs-lookahead';
import { assertEqual, compare } from './compare.js';
import { randomValues } from './random.js';
import { sets, sizeOf } from './sets.js';

const ALPHA = 0.5;
const backends = ['wasm', 'cpu'];

export const title =
  'A whole merge: sync() against the same merge written in tfjs ops, in microseconds, fast weights newly assigned before each';
export const head = ['backend', 'variables', 'weights', 'sync()', 'tfjs ops', 'ratio'];
export const steps = backends.length * Object.keys(sets).length;

tf.env().set('PROD', true); // no recommendation of tfjs-node between the figures

/** New values in new buffers, as an inner optimizer's step leaves them. */
function assignFresh(fast, values) {
  fast.forEach((w, i) => {
    const fresh = tf.tensor(values[i].slice(), w.shape);
    w.assign(fresh);
    fresh.dispose();
  });
}

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

function concatenated(weights) {
  return tf.tidy(() => tf.concat(weights.map((w) => tf.reshape(w, [-1]))).dataSync());
}

export async function* rows() {
  for (const backend of backends) {
    await tf.setBackend(backend);
    for (const [name, shapes] of Object.entries(sets)) {
      const initial = shapes.map((shape, i) => randomValues(sizeOf(shape), i));
      const values = shapes.map((shape, i) => randomValues(sizeOf(shape), i + 1000));
      const variables = (trainable) =>
        shapes.map((shape, i) => tf.tidy(() => tf.variable(tf.tensor(initial[i].slice(), shape), trainable)));

      const ours = variables(true);
      const lookahead = new Lookahead(ours, { k: 1, alpha: ALPHA });
      const theirs = variables(true);
      const slow = variables(false);
      const contenders = {
        sync: { prepare: () => assignFresh(ours, values), run: () => lookahead.sync() },
        ops: { prepare: () => assignFresh(theirs, values), run: () => mergeInOps(theirs, slow) },
      };
      for (const { prepare, run } of Object.values(contenders)) {
        prepare();
        run();
      }
      assertEqual({ sync: concatenated(ours), ops: concatenated(theirs) });
      const ns = await compare(contenders);

      lookahead.dispose();
      tf.dispose([ours, theirs, slow]);
      const weights = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
      yield [
        backend,
        `${name} (${shapes.length})`,
        weights.toLocaleString('en'),
        (ns.sync / 1000).toFixed(0),
        (ns.ops / 1000).toFixed(0),
        `${(ns.ops / ns.sync).toFixed(1)} x`,
      ];
    }
  }
}
