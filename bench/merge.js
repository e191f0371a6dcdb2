/** One merge of any variables on the active backend: by this package, and as one would write it without. */
import * as tf from '@tensorflow/tfjs-core';
import { Lookahead, lerp } from 'tfjs-lookahead';
import { firstNonFinite } from '../build/finite.js';
import { bareLerp, lerpLoop } from './bare-kernel.js';
import { assertSame, compare } from './compare.js';
import { awaitGPU, finished, onGPU } from './gpu.js';
import { randomValues } from './random.js';
import { sizeOf, totalOf } from './sets.js';

const ALPHA = 0.5;

const tolerance = () => (onGPU() ? 2 ** -22 : 0);

const composed = (start, end) => tf.add(start, tf.mul(tf.sub(end, start), ALPHA));

function mergeInOps(fast, slow) {
  tf.tidy(() => {
    fast.forEach((w, i) => {
      const merged = composed(slow[i], w);
      slow[i].assign(merged);
      w.assign(merged);
    });
  });
}

function looped(start, end) {
  const merged = new Float32Array(start.length);
  lerpLoop(merged, start, end, ALPHA);
  return merged;
}

function assignBoth(fast, slow, values) {
  const merged = tf.tensor(values, fast.shape);
  slow.assign(merged);
  fast.assign(merged);
  merged.dispose();
}

function mergeInLoop(fast, slow) {
  fast.forEach((w, i) => {
    assignBoth(w, slow[i], looped(slow[i].dataSync(), w.dataSync()));
  });
}

/** Values come from a GPU asynchronously, because blocking until they are there is slower. */
async function mergeInLoopOffGPU(fast, slow) {
  const [fastValues, slowValues] = await Promise.all([fast, slow].map((ws) => Promise.all(ws.map((w) => w.data()))));
  fast.forEach((w, i) => {
    assignBoth(w, slow[i], looped(slowValues[i], fastValues[i]));
  });
}

/** The lower limit: the SIMD kernel alone, in the memory of tfjs, over the slow weights as in a merge. */
function bareKernel() {
  const backend = tf.backend();
  const kernel = bareLerp(backend.wasm.asm?.memory ?? backend.wasm.wasmMemory);
  const address = ({ dataId }) => backend.getMemoryOffset(dataId) >>> 0;
  let calls;
  return {
    locate(slow, fast) {
      calls = fast.map((w, i) => ({ start: address(slow[i]), end: address(w), n: w.size }));
    },
    run() {
      for (const { start, end, n } of calls) kernel(start, start, end, n, ALPHA);
    },
  };
}

/**
 * Each contender has its own variables. `result` lists those that hold the merged values. `check` merges nothing: it is what
 * `nonFinite` adds to a merge.
 */
function contenders(makeVariables, assignFresh) {
  const merging = (merge) => {
    const [fast, slow] = [makeVariables(), makeVariables()];
    return { held: [...fast, ...slow], result: fast, prepare: () => assignFresh(fast), run: () => merge(fast, slow) };
  };
  const ours = makeVariables();
  const lookahead = new Lookahead(ours, { k: 1, alpha: ALPHA });
  const all = {
    sync: {
      held: [...ours, lookahead],
      result: ours,
      prepare: () => assignFresh(ours),
      run: () => {
        lookahead.sync();
        return finished(ours.at(-1));
      },
    },
    ops: merging((fast, slow) => {
      mergeInOps(fast, slow);
      return finished(fast.at(-1));
    }),
    loop: merging(
      onGPU() ? (fast, slow) => mergeInLoopOffGPU(fast, slow).then(() => awaitGPU(fast.at(-1))) : mergeInLoop,
    ),
  };
  if (tf.getBackend() !== 'webgpu') {
    const fast = makeVariables();
    const run = () => {
      const found = firstNonFinite(fast);
      if (found) throw new Error(`${found.name} is taken for one that is not finite.`);
    };
    all.check = { held: fast, result: [], prepare: () => assignFresh(fast), run };
  }
  if (tf.getBackend() === 'wasm') {
    const [fast, slow] = [makeVariables(), makeVariables()];
    const { locate, run } = bareKernel();
    const prepare = () => {
      assignFresh(fast);
      locate(slow, fast);
    };
    all.bare = { held: [...fast, ...slow], result: slow, prepare, run };
  }
  return all;
}

export async function measureMerge(shapes, effort) {
  const initial = shapes.map((shape, i) => randomValues(sizeOf(shape), i));
  const values = shapes.map((shape, i) => randomValues(sizeOf(shape), i + 10_000));
  const one = tf.scalar(1);
  const valuesOnGPU = onGPU() ? values.map((v, i) => tf.tidy(() => tf.mul(tf.tensor(v, shapes[i]), one))) : [];
  /** New values in new buffers, as after a step of an inner optimizer. */
  const assignFresh = (fast) => {
    fast.forEach((w, i) => {
      const fresh = onGPU() ? tf.mul(valuesOnGPU[i], one) : tf.tensor(values[i].slice(), w.shape);
      w.assign(fresh);
      fresh.dispose();
    });
    return finished(fast.at(-1));
  };
  const makeVariables = () =>
    shapes.map((shape, i) => tf.tidy(() => tf.variable(tf.tensor(initial[i].slice(), shape), false)));

  const all = contenders(makeVariables, assignFresh);
  const expected = shapes.map((_, i) => looped(initial[i], values[i]));
  for (const [name, { result, prepare, run }] of Object.entries(all)) {
    await prepare();
    await run();
    for (const [i, w] of result.entries()) {
      assertSame(`${name}, variable ${i} on ${tf.getBackend()}`, await w.data(), expected[i], tolerance());
    }
  }
  const ns = await compare(all, effort);
  for (const w of [one, ...valuesOnGPU, ...Object.values(all).flatMap(({ held }) => held)]) w.dispose();
  return { variables: shapes.length, weights: totalOf(shapes), ns };
}

/** The op alone, which makes a tensor and assigns nothing. */
export async function measureOp(n, effort) {
  const one = tf.scalar(1);
  const values = [1, 2].map((seed) => randomValues(n, seed));
  const [start, end] = values.map((v) => tf.tidy(() => tf.mul(tf.tensor(v), one)));
  const ops = {
    lerp: () => lerp(start, end, ALPHA),
    ops: () => tf.tidy(() => composed(start, end)),
  };
  for (const [name, op] of Object.entries(ops)) {
    const result = op();
    assertSame(`${name} on ${tf.getBackend()}`, await result.data(), looped(...values), tolerance());
    result.dispose();
  }
  const timed = (op) => ({
    run: () => {
      const result = op();
      const done = finished(result);
      result.dispose();
      return done;
    },
  });
  const ns = await compare(Object.fromEntries(Object.entries(ops).map(([name, op]) => [name, timed(op)])), effort);
  tf.dispose([one, start, end]);
  return { elements: n, ns };
}
