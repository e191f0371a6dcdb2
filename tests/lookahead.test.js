import * as fc from 'fast-check';
import { Lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { aPartOf } from './support/amounts.js';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { bufferSharing, withBuffers } from './support/buffer-sharing.js';
import { assertSameBits, isExact, merge, randomValues } from './support/reference.js';
import { stateIn } from './support/saved-lists.js';
import { backends, tf } from './support/tf.js';

const value = async (tensor) => [...(await tensor.data())];

/**
 * All backends, with webgpu at the end: leaving it takes a synchronous read from the GPU. tfjs does that through a
 * canvas, and Chromium's software GPU answers with zeros, for the ops of tfjs itself as well.
 */
const journey = (from) => [...backends, from].sort((a, b) => Number(a === 'webgpu') - Number(b === 'webgpu'));

onEachBackend('Lookahead', (test, backend) => {
  test('constant steps of +1, k = 5, alpha = .5: slow is 2.5, 5, 7.5 after steps 5, 10, 15 (not 5, 11, 17)', async () => {
    const w = newVariable([0], [1]);
    const lookahead = new Lookahead([w]);
    assert.is(lookahead.k, 5);
    assert.is(lookahead.alpha, 0.5);
    const merged = [];
    for (let step = 1; step <= 15; ++step) {
      add(w, [1]);
      if (lookahead.sync()) merged.push([step, ...(await value(lookahead.slowWeights[0]))]);
      assert.is(lookahead.step, step);
    }
    assert.equal(merged, [
      [5, 2.5],
      [10, 5],
      [15, 7.5],
    ]);
    assert.equal(await value(w), [7.5]);
    lookahead.dispose();
  });

  test('optax: from 3, steps of -1, k = 3, alpha = 1/3: fast goes 2, 1, 2, 1, 0, 1', async () => {
    const w = newVariable(3, []);
    const lookahead = new Lookahead([w], { k: 3, alpha: 1 / 3 });
    for (const expected of [2, 1, 2, 1, 0, 1]) {
      add(w, -1);
      lookahead.sync();
      const [actual] = await value(w);
      assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is ${expected}`);
    }
    lookahead.dispose();
  });

  test('optax: two steps of -2 from 3', async () => {
    for (const [k, alpha, slow] of [
      [1, 0.5, 1],
      [1, 0, 3],
      [1, 1, -1],
      [2, 1, -1],
    ]) {
      const w = newVariable(3, []);
      const lookahead = new Lookahead([w], { k, alpha });
      for (let step = 0; step < 2; ++step) {
        add(w, -2);
        lookahead.sync();
      }
      assert.equal(await value(lookahead.slowWeights[0]), [slow], `k = ${k}, alpha = ${alpha}`);
      lookahead.dispose();
    }
  });

  test('TensorFlow Addons: after k steps of Adam, w = w0 + alpha (w_inner - w0)', async () => {
    for (const k of isExact(backend) ? [5, 10, 100] : [5, 10]) {
      for (const alpha of [0.3, 0.7]) {
        const train = (w, afterStep) => {
          const adam = tf.train.adam(0.01);
          for (let step = 0; step < k; ++step) {
            tf.tidy(() => adam.applyGradients({ [w.name]: tf.tensor1d([0.1, -0.2]) }));
            afterStep();
          }
          adam.dispose();
        };
        const inner = newVariable([1, 2], [2]);
        train(inner, () => {});
        const w = newVariable([1, 2], [2]);
        const lookahead = new Lookahead([w], { k, alpha });
        train(w, () => lookahead.sync());
        const [a, b] = [await value(w), await value(inner)];
        [1, 2].forEach((w0, i) => {
          assert.ok(Math.abs(a[i] - (w0 + alpha * (b[i] - w0))) < 1e-6, `k = ${k}, alpha = ${alpha}`);
        });
        lookahead.dispose();
      }
    }
  });

  test('slow weights start at the values of the variables, not at zero nor at the first sync', async () => {
    const w = newVariable([7, 8], [2]);
    const lookahead = new Lookahead([w], { k: 2, alpha: 0.5 });
    assert.equal(await value(lookahead.slowWeights[0]), [7, 8]);
    add(w, [4, 4]);
    lookahead.sync();
    assert.equal(await value(lookahead.slowWeights[0]), [7, 8]);
    add(w, [4, 4]);
    lookahead.sync();
    assert.equal(await value(w), [11, 12]); // 7 + (15 - 7) / 2
    lookahead.dispose();
  });

  test('scalar, ranks 1 to 6, no elements, and not trainable, all in one', async () => {
    const shapes = [[], [3], [2, 3], [2, 1, 3], [1, 2, 3, 1], [2, 2, 1, 1, 2], [1, 1, 2, 1, 2, 2], [0], [2, 0]];
    const fast = shapes.map((shape, i) => {
      const n = tf.util.sizeFromShape(shape);
      return newVariable(
        n === 0 ? [] : shape.length === 0 ? 1 : new Float32Array(n).fill(1),
        shape,
        undefined,
        i % 2 === 0,
      );
    });
    const lookahead = new Lookahead(fast, { k: 1, alpha: 0.25 });
    for (const w of fast) add(w, w.rank === 0 ? 4 : new Float32Array(w.size).fill(4));
    lookahead.sync();
    for (const weights of [lookahead.variables, lookahead.slowWeights]) {
      for (const [i, w] of weights.entries()) {
        assert.equal(w.shape, shapes[i]);
        assert.equal(await value(w), new Array(w.size).fill(2)); // 1 + (5 - 1) / 4
      }
    }
    assert.equal(lookahead.variables, fast);
    lookahead.dispose();
  });

  // The binding that stands in for tfjs-node in the tests has no kernels for layers.
  const testOfLayers = backend === 'tensorflow' ? () => {} : test;
  testOfLayers('works on the variables of a layers model, batch-norm statistics included, and trains', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }));
    model.add(tf.layers.batchNormalization());
    model.add(tf.layers.dense({ units: 1 }));
    const all = new Lookahead(model.getWeights(), { k: 2 });
    assert.is(all.variables.length, 8);
    const lookahead = new Lookahead(model.getWeights(true), { k: 2 });
    assert.is(lookahead.variables.length, 6);

    const x = tf.tensor2d(randomValues(48, 9), [16, 3]);
    const y = tf.sum(x, 1, true);
    const sgd = tf.train.sgd(0.1);
    const losses = [];
    for (let step = 1; step <= 6; ++step) {
      const loss = sgd.minimize(() => tf.losses.meanSquaredError(y, model.predict(x)), true);
      losses.push((await loss.data())[0]);
      const read = (weights) => Promise.all(weights.map((w) => w.data()));
      const slow = await read(lookahead.slowWeights);
      const fast = await read(lookahead.variables);
      assert.is(lookahead.sync(), step % 2 === 0);
      const merged = await read(lookahead.variables);
      fast.forEach((before, i) => {
        const expected = step % 2 === 0 ? merge(slow[i], before, 0.5) : before;
        if (isExact(backend)) assertSameBits(merged[i], expected);
        // 4 ulp of 1, for weights below 1
        else for (const [j, v] of merged[i].entries()) assert.ok(Math.abs(v - expected[j]) <= 2 ** -21);
      });
    }
    assert.ok(losses[5] < losses[0], `the loss falls: ${losses}`);
    all.dispose();
    lookahead.dispose();
    sgd.dispose();
    model.dispose();
  });

  test('slow weights are named after their variable and are not trained', async () => {
    const w = newVariable([1], [1], 'kernel');
    const one = new Lookahead([w]);
    const two = new Lookahead([w]);
    assert.is(one.slowWeights[0].name, 'lookahead/kernel');
    assert.is(two.slowWeights[0].name, 'lookahead/kernel_1');
    assert.not(one.slowWeights[0].trainable);
    const sgd = tf.train.sgd(1);
    const { grads } = sgd.computeGradients(() => tf.sum(w));
    assert.equal(Object.keys(grads), ['kernel']);
    sgd.dispose();
    one.dispose();
    const three = new Lookahead([w]);
    assert.is(three.slowWeights[0].name, 'lookahead/kernel');
    two.dispose();
    three.dispose();
  });

  test('the lists it gives out are copies', () => {
    const w = newVariable([1], [1]);
    const lookahead = new Lookahead([w]);
    lookahead.variables.pop();
    lookahead.slowWeights.pop();
    assert.is(lookahead.variables.length, 1);
    assert.is(lookahead.slowWeights.length, 1);
    lookahead.dispose();
  });

  test('alpha = 1 leaves the fast weights exactly, alpha = 0 the slow ones', async () => {
    // 1 + 1 * (1e-8 - 1) rounds to 0, and 3e38 - -3e38 overflows: the formula is exact for neither.
    for (const [alpha, expected] of [
      [1, [1e-8, 3e38]],
      [0, [1, -3e38]],
    ]) {
      const w = newVariable([1, -3e38], [2]);
      const lookahead = new Lookahead([w], { k: 1, alpha });
      tf.tidy(() => w.assign(tf.tensor1d([1e-8, 3e38])));
      lookahead.sync();
      for (const weight of [w, lookahead.slowWeights[0]]) {
        assertSameBits(await weight.data(), Float32Array.from(expected), `alpha = ${alpha}`);
      }
      lookahead.dispose();
    }
  });

  test('k and alpha are assignable in mid-cycle', async () => {
    const w = newVariable([0], [1]);
    const lookahead = new Lookahead([w], { k: 10, alpha: 0.5 });
    const step = () => {
      add(w, [1]);
      return lookahead.sync();
    };
    assert.equal([step(), step(), step()], [false, false, false]);
    lookahead.k = 2; // three steps are behind us already
    lookahead.alpha = 0.25;
    assert.is(step(), true);
    assert.equal(await value(w), [1]); // 0 + 0.25 * 4
    assert.equal([step(), step()], [false, true]);
    assert.is(lookahead.step, 6);
    lookahead.dispose();
  });

  test('flush merges at once and starts a new cycle', async () => {
    const w = newVariable([0], [1]);
    const lookahead = new Lookahead([w], { k: 3 });
    add(w, [4]);
    lookahead.sync();
    lookahead.flush();
    assert.equal(await value(w), [2]);
    assert.is(lookahead.step, 1);
    const merges = [];
    for (let i = 0; i < 3; ++i) merges.push(lookahead.sync());
    assert.equal(merges, [false, false, true]);
    lookahead.dispose();
  });

  test('inside and outside of tidy, and constructed inside', async () => {
    const w = newVariable([0], [1]);
    const lookahead = tf.tidy(() => new Lookahead([w], { k: 1 }));
    tf.tidy(() => {
      w.assign(tf.tensor1d([8]));
      lookahead.sync();
      lookahead.flush();
    });
    assert.equal(await value(w), [4]);
    lookahead.sync();
    assert.equal(await value(w), [4]);
    lookahead.dispose();
  });

  test('the variables go on after dispose, and a second dispose does nothing', async () => {
    const w = newVariable([3], [1]);
    const before = tf.memory().numTensors;
    const lookahead = new Lookahead([w], { k: 1 });
    assert.is(tf.memory().numTensors, before + 1);
    lookahead.dispose();
    lookahead.dispose();
    assert.is(tf.memory().numTensors, before);
    assert.equal(await value(w), [3]);
  });

  for (const sharing of bufferSharing) {
    test(`moves with tf.setBackend in mid-run, buffers ${sharing}`, async () => {
      const w = newVariable([0, 0], [2]);
      const lookahead = withBuffers(sharing, new Lookahead([w], { k: 1 }));
      let expected = 0;
      for (const other of journey(backend)) {
        await tf.setBackend(other);
        add(w, [4, 4]);
        lookahead.sync();
        expected += 2; // half of every step of 4
        assert.equal(await value(w), [expected, expected], other);
      }
      lookahead.dispose();
    });

    test(`moves with tf.setBackend between the inner step and the merge, buffers ${sharing}`, async () => {
      const w = newVariable([0, 0], [2]);
      const lookahead = withBuffers(sharing, new Lookahead([w], { k: 1 }));
      let expected = 0;
      for (const other of journey(backend)) {
        add(w, [4, 4]);
        await tf.setBackend(other);
        lookahead.sync();
        expected += 2;
        assert.equal(await value(lookahead.slowWeights[0]), [expected, expected], other);
      }
      lookahead.dispose();
    });
  }
});

onEachBackend('Lookahead.withSlowWeights', (test) => {
  /** Fast 5, slow 1. */
  const setUp = () => {
    const w = newVariable([1], [1]);
    const lookahead = new Lookahead([w], { k: 10 });
    add(w, [4]);
    lookahead.sync();
    return { w, lookahead };
  };

  test('a function sees the slow weights, and its result is returned', async () => {
    const { w, lookahead } = setUp();
    const seen = lookahead.withSlowWeights(() => w.clone());
    assert.equal(await value(seen), [1]);
    assert.equal(await value(w), [5]);
    lookahead.dispose();
  });

  test('an async function too, across a tidy', async () => {
    const { w, lookahead } = setUp();
    let promise;
    tf.tidy(() => {
      promise = lookahead.withSlowWeights(async () => {
        await null;
        return value(w);
      });
    });
    assert.equal(await promise, [1]);
    assert.equal(await value(w), [5]);
    lookahead.dispose();
  });

  test('a throw and a rejection pass through, and the fast weights are back', async () => {
    const { w, lookahead } = setUp();
    const fail = () => {
      throw new Error('mine');
    };
    assert.throws(() => lookahead.withSlowWeights(fail), 'mine');
    assert.equal(await value(w), [5]);
    let rejected;
    await lookahead
      .withSlowWeights(async () => fail())
      .catch((error) => {
        rejected = error.message;
      });
    assert.is(rejected, 'mine');
    assert.equal(await value(w), [5]);
    lookahead.sync();
    lookahead.dispose();
  });

  test('what the function does to the variables is undone', async () => {
    const { w, lookahead } = setUp();
    lookahead.withSlowWeights(() => add(w, [100]));
    assert.equal(await value(w), [5]);
    assert.equal(await value(lookahead.slowWeights[0]), [1]);
    lookahead.dispose();
  });

  test('everything that would change the weights is refused inside', async () => {
    const { w, lookahead } = setUp();
    const saved = lookahead.getWeights();
    lookahead.withSlowWeights(() => {
      for (const inside of [
        () => lookahead.sync(),
        () => lookahead.flush(),
        () => lookahead.withSlowWeights(() => {}),
        () => lookahead.setWeights(saved),
        () => lookahead.dispose(),
      ]) {
        assert.throws(inside, /inside withSlowWeights/);
      }
    });
    assert.is(lookahead.step, 1);
    assert.equal(await value(w), [5]);
    lookahead.dispose();
  });

  test('survives that the function disposes a variable', async () => {
    const { w, lookahead } = setUp();
    lookahead.withSlowWeights(() => w.dispose());
    assert.throws(() => lookahead.sync(), /was disposed/);
    lookahead.dispose();
  });
});

onEachBackend('Lookahead.getWeights and setWeights', (test, backend) => {
  const delta = (step) => randomValues(20, 100 + step);

  test('resumes bit for bit from every point of a cycle, through bytes', async () => {
    for (let at = 0; at <= 5; ++at) {
      const a = newVariable(randomValues(20, 1), [20]);
      const uninterrupted = new Lookahead([a], { k: 4, alpha: 0.3 });
      const step = (w, lookahead, i) => {
        add(w, delta(i));
        return lookahead.sync();
      };
      for (let i = 0; i < at; ++i) step(a, uninterrupted, i);

      const saved = uninterrupted.getWeights();
      const { data, specs } = await tf.io.encodeWeights(saved);
      const restored = tf.io.decodeWeights(data, specs);
      const b = newVariable(await a.data(), [20]);
      const resumed = new Lookahead([b], { k: 4, alpha: 0.3 });
      resumed.setWeights(specs.map(({ name }) => ({ name, tensor: restored[name] })));
      tf.dispose([saved, restored]);

      for (let i = at; i < at + 10; ++i) assert.is(step(b, resumed, i), step(a, uninterrupted, i));
      assert.is(resumed.step, uninterrupted.step);
      assertSameBits(await b.data(), await a.data(), `resumed at ${at}`);
      assertSameBits(await resumed.slowWeights[0].data(), await uninterrupted.slowWeights[0].data());
      uninterrupted.dispose();
      resumed.dispose();
    }
  });

  test('what getWeights returned does not change', async () => {
    const w = newVariable([0], [1]);
    const lookahead = new Lookahead([w], { k: 1 });
    const [slow, counts] = lookahead.getWeights();
    add(w, [4]);
    lookahead.sync();
    assert.is(stateIn([counts]).step, 0);
    assert.equal(await value(slow.tensor), [0]);
    lookahead.setWeights([slow, counts]);
    assert.is(lookahead.step, 0);
    assert.equal(await value(lookahead.slowWeights[0]), [0]);
    assert.equal(await value(w), [2], 'the variables are left as they are');
    lookahead.dispose();
  });

  test('setWeights of the slow weights themselves leaves them', async () => {
    const w = newVariable([1, 2], [2]);
    const lookahead = new Lookahead([w]);
    add(w, [4, 4]);
    const [slow, counts] = lookahead.getWeights();
    slow.tensor.dispose(); // so that no other tensor holds the buffer
    lookahead.setWeights([{ name: slow.name, tensor: lookahead.slowWeights[0] }, counts]);
    assert.equal(await value(lookahead.slowWeights[0]), [1, 2]);
    lookahead.dispose();
  });

  test('setWeights of the slow weights themselves in another order', async () => {
    const [v, w] = [newVariable([1], [1]), newVariable([2], [1])];
    const lookahead = new Lookahead([v, w]);
    const [one, two, counts] = lookahead.getWeights();
    const [slowOfV, slowOfW] = lookahead.slowWeights;
    tf.dispose([one.tensor, two.tensor]);
    lookahead.setWeights([{ name: one.name, tensor: slowOfW }, { name: two.name, tensor: slowOfV }, counts]);
    assert.equal(await value(slowOfV), [2]);
    assert.equal(await value(slowOfW), [1]);
    lookahead.dispose();
  });

  test('is right after a flush, when step and cycle have nothing to do with k', async () => {
    const w = newVariable([0], [1]);
    const lookahead = new Lookahead([w], { k: 3 });
    for (let i = 0; i < 4; ++i) lookahead.sync();
    lookahead.flush();
    lookahead.sync();
    const [, counts] = lookahead.getWeights();
    assert.is(counts.name, 'lookahead:1/state');
    const { step, stepsInCycle } = stateIn([counts]);
    assert.equal([step, stepsInCycle], [5, 1]);
    lookahead.dispose();
  });

  if (!isExact(backend)) return;

  /** Everything that a user can do to a Lookahead, in any order, against a model in plain JavaScript. */
  for (const sharing of bufferSharing)
    test(`property: any interleaving of calls equals the reference, buffers ${sharing}`, async () => {
      const action = fc.oneof(
        { weight: 6, arbitrary: fc.record({ do: fc.constant('step'), seed: fc.nat(1000) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('flush') }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('k'), k: fc.integer({ min: 1, max: 6 }) }) },
        {
          weight: 1,
          arbitrary: fc.record({ do: fc.constant('alpha'), alpha: fc.double({ min: 0, max: 1, noNaN: true }) }),
        },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('evaluate') }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('resume') }) },
      );
      const sizes = fc.array(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(sizes, fc.array(action, { maxLength: 40 }), async (ns, actions) => {
          const fast = ns.map((n, i) => newVariable(randomValues(n, i), [n]));
          let lookahead = withBuffers(sharing, new Lookahead(fast, { k: 3, alpha: 0.5 }));
          const model = { k: 3, alpha: 0.5, step: 0, cycle: 0, fast: ns.map((n, i) => randomValues(n, i)) };
          model.slow = model.fast;
          const mergeModel = () => {
            model.slow = model.fast = model.slow.map((slow, i) => merge(slow, model.fast[i], model.alpha));
            model.cycle = 0;
          };
          for (const a of actions) {
            if (a.do === 'step') {
              ns.forEach((n, i) => {
                const d = randomValues(n, a.seed + i);
                add(fast[i], d);
                model.fast = model.fast.with(
                  i,
                  model.fast[i].map((v, j) => v + d[j]),
                );
              });
              ++model.step;
              const merges = ++model.cycle >= model.k;
              if (merges) mergeModel();
              assert.is(lookahead.sync(), merges);
            } else if (a.do === 'flush') {
              lookahead.flush();
              mergeModel();
            } else if (a.do === 'k') {
              lookahead.k = model.k = a.k;
            } else if (a.do === 'alpha') {
              lookahead.alpha = model.alpha = a.alpha;
            } else if (a.do === 'evaluate') {
              lookahead.withSlowWeights(() => {
                fast.forEach((w, i) => {
                  assertSameBits(w.dataSync(), model.slow[i], 'inside withSlowWeights');
                });
              });
            } else {
              const saved = lookahead.getWeights();
              lookahead.dispose();
              lookahead = withBuffers(sharing, new Lookahead(fast, { k: model.k, alpha: model.alpha }));
              lookahead.setWeights(saved);
              tf.dispose(saved);
            }
            assert.is(lookahead.step, model.step);
            fast.forEach((w, i) => {
              assertSameBits(w.dataSync(), model.fast[i], `fast after ${a.do}`);
              assertSameBits(lookahead.slowWeights[i].dataSync(), model.slow[i], `slow after ${a.do}`);
            });
          }
          lookahead.dispose();
          for (const w of fast) w.dispose();
        }),
        { seed: 2, numRuns: aPartOf(100) },
      );
    });
});
