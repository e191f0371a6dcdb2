/** After every path on a GPU a forward pass over odd shapes: what models compute with the weights, not only their values. */
import { fused, Lookahead, lerp, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { assertUsable, assertUsableAs, lossOf, oddShapes } from './support/forward.js';
import { onGPU } from './support/gpu.js';
import { innerOptimizers } from './support/inner-optimizers.js';
import { disposeWithOuter } from './support/outer-optimizers.js';
import { randomValues } from './support/reference.js';
import { tf } from './support/tf.js';

/** With an epsilon of 0, what lies beyond an edge is 0/0. */
const optimizers = {
  ...innerOptimizers,
  'Adam, epsilon 0': () => tf.train.adam(0.01, 0.9, 0.999, 0),
  'Adamax, epsilon 0': () => tf.train.adamax(0.01, 0.9, 0.999, 0),
  'RMSProp, epsilon 0': () => tf.train.rmsprop(0.01, 0.9, 0.5, 0),
};

/** On webgpu nothing lies beyond an edge: one of each, the last, shows that programs index as those of tfjs do. */
const someOn = (backend, all) => (backend === 'webgpu' ? all.slice(-1) : all);

/**
 * On webgl these steps of tfjs carry what the gradient has beyond an odd edge into the weights, and the next forward
 * pass of tfjs is off by 1e-4.
 */
const isWrongInTfjs = (key, backend) => backend === 'webgl' && /^(SGD|Momentum)/.test(key);

/** The same values, as if just uploaded. */
const uploadAnew = (weights) =>
  tf.tidy(() => {
    for (const w of weights) {
      const values = w.dataSync();
      w.assign(tf.tensor(w.rank === 0 ? values[0] : values, w.shape));
    }
  });

const outers = {
  SGD: () => tf.train.sgd(0.7),
  Nesterov: () => tf.train.momentum(0.7, 0.9, true),
  'Adam, epsilon 0': () => tf.train.adam(0.01, 0.9, 0.999, 0),
};

const newWeights = () =>
  oddShapes.map((shape, i) => {
    const values = randomValues(tf.util.sizeFromShape(shape), i + 1);
    return newVariable(shape.length === 0 ? values[0] : values, shape);
  });

/** Trains with real gradients, of a backward pass: beyond an odd edge, these hold anything. */
function train(optimizer, weights, steps, after = () => {}) {
  for (let i = 0; i < steps; ++i) {
    optimizer.minimize(lossOf(weights), false, weights);
    after();
  }
}

function disposePlain(optimizer) {
  optimizer.dispose();
  if (optimizer.getClassName() === 'Momentum') optimizer.c.dispose();
}

onEachBackend(
  'a forward pass on a GPU',
  (test, backend) => {
    for (const [key, make] of someOn(backend, Object.entries(optimizers))) {
      const asTfjsShould = isWrongInTfjs(key, backend) ? uploadAnew : () => {};

      test(`after a merge, and after a fused step on it: ${key}`, () =>
        onGPU(async () => {
          const [optimizer, plain] = [lookahead(make(), { k: 2 }), make()];
          const [theirs, ours] = [newWeights(), newWeights()];
          const slow = theirs.map((w) => w.clone());
          for (let i = 0; i < 3; ++i) {
            train(optimizer, ours, 1);
            train(plain, theirs, 1);
            asTfjsShould(theirs);
            if (i === 1) mergeInOps(slow, theirs);
            if (i > 0) await assertUsableAs(ours, theirs, `${key}, step ${i}`);
          }
          await optimizer.withSlowWeights(() => assertUsableAs(ours, slow, `${key}, slow weights`));
          disposeWithOuter(optimizer);
          disposePlain(plain);
          tf.dispose(slow);
        }));
    }

    for (const [key, make] of someOn(backend, Object.entries(outers))) {
      test(`after steps of an outer optimizer: ${key}`, () =>
        onGPU(async () => {
          const wrapped = lookahead(tf.train.adam(0.01), { k: 2, outer: make() });
          const ours = newWeights();
          train(wrapped, ours, 4);
          await assertUsable(ours, 'lookahead()');
          for (const wrap of [fused, (optimizer) => optimizer]) {
            const [plain, theirs] = [tf.train.adam(0.01), newWeights()];
            const loop = new Lookahead(theirs, { k: 2, outer: wrap(make()) });
            train(plain, theirs, 4, () => loop.sync());
            // An outer step in ops of tfjs, on one that no program of ours has touched but for this comparison.
            await assertUsableAs(ours, theirs, wrap === fused ? 'fused' : 'as tfjs steps it');
            disposeWithOuter(loop);
            plain.dispose();
          }
          disposeWithOuter(wrapped);
        }));
    }

    test('after merges of a Lookahead beside an optimizer of tfjs', () =>
      onGPU(async () => {
        for (const config of someOn(backend, [{ alpha: 0 }, { alpha: 1 }, { restart: false }, {}])) {
          const [optimizer, ours] = [tf.train.adam(0.01), newWeights()];
          const loop = new Lookahead(ours, { k: 2, ...config });
          train(optimizer, ours, 2, () => loop.sync());
          await assertUsable(ours, 'after a merge');
          await loop.withSlowWeights(() => assertUsable(ours, 'slow weights'));
          train(optimizer, ours, 1);
          await assertUsable(ours, 'after a step');
          loop.dispose();
          optimizer.dispose();
        }
      }));

    test('after pulled-back momentum', () =>
      onGPU(async () => {
        const optimizer = lookahead(tf.train.adam(0.01, 0.9, 0.999, 0), { k: 2, pullbackMomentum: 'pullback' });
        const ours = newWeights();
        train(optimizer, ours, 7);
        await assertUsable(ours, 'pullback');
        const momentum = optimizer.inner.accumulatedFirstMoment.map(({ variable }) => variable);
        await assertUsable(momentum, 'the momentum itself');
        optimizer.dispose();
      }));

    test('over the result of lerp', () =>
      onGPU(async () => {
        for (const weight of [0.3, -2]) {
          const tensors = (seed) =>
            oddShapes.map((shape, i) =>
              tf.reshape(tf.tensor1d(randomValues(tf.util.sizeFromShape(shape), seed + i)), shape),
            );
          const [starts, ends] = [tensors(1), tensors(100)];
          const inOps = starts.map((start, i) => tf.add(start, tf.mul(tf.sub(ends[i], start), weight)));
          await assertUsableAs(
            starts.map((start, i) => lerp(start, ends[i], weight)),
            inOps,
            `weight ${weight}`,
          );
          const spoilt = starts.map((start) => tf.exp(start));
          await assertUsable(
            spoilt.map((start, i) => lerp(start, ends[i], weight)),
            `weight ${weight}, something beyond the edges`,
          );
        }
      }));

    test('of a model of odd widths, trained with lookahead(adam)', async () => {
      for (const epsilon of someOn(backend, [undefined, 0])) {
        const optimizer = lookahead(tf.train.adam(0.01, 0.9, 0.999, epsilon));
        const model = tf.sequential();
        model.add(tf.layers.dense({ units: 7, inputShape: [3], activation: 'sigmoid' }));
        model.add(tf.layers.dense({ units: 5, activation: 'sigmoid' }));
        model.add(tf.layers.dense({ units: 1 }));
        tf.tidy(() => {
          model.setWeights(model.getWeights().map((w, i) => tf.tensor(randomValues(w.size, i + 1), w.shape)));
        });
        model.compile({ optimizer, loss: 'meanSquaredError' });
        const x = tf.tensor2d(randomValues(30, 20), [10, 3]);
        const y = tf.sum(x, 1, true);
        await model.fit(x, y, { epochs: 3, batchSize: 2, shuffle: false, verbose: 0 });
        const actual = await model.predict(x).data();
        const backend = tf.getBackend();
        const data = await Promise.all([x, ...model.getWeights()].map(async (w) => [...(await w.data())]));
        await tf.setBackend('cpu');
        const expected = tf.tidy(() => {
          const [input, k1, b1, k2, b2, k3, b3] = data.map((values, i) =>
            tf.tensor(values, [x, ...model.getWeights()][i].shape),
          );
          const hidden = tf.sigmoid(tf.add(tf.matMul(tf.sigmoid(tf.add(tf.matMul(input, k1), b1)), k2), b2));
          return tf.add(tf.matMul(hidden, k3), b3).dataSync().slice();
        });
        await tf.setBackend(backend);
        for (const [i, value] of expected.entries()) {
          assert.ok(Math.abs(actual[i] - value) < 1e-5, `prediction ${i} is ${actual[i]}, expected ${value}`);
        }
        model.dispose();
        optimizer.dispose();
      }
    });
  },
  ['webgl', 'webgpu'],
);

/** A merge of Lookahead in tfjs's own ops, with an alpha of 0.5. `slow` gets new tensors in place of the old. */
function mergeInOps(slow, fast) {
  for (const [i, variable] of fast.entries()) {
    const merged = tf.tidy(() => tf.add(slow[i], tf.mul(tf.sub(variable, slow[i]), 0.5)));
    slow[i].dispose();
    slow[i] = merged;
    variable.assign(merged);
  }
}
