import { Lookahead, LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { aPartOf } from './support/amounts.js';
import { newVariable, onEachBackend } from './support/backends.js';
import { innerOptimizers, optimizersOn, testWith } from './support/inner-optimizers.js';
import { assertSameWeights, isExact, randomValues } from './support/reference.js';
import { smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { tfjsLacks } from './support/tfjs-lacks.js';

const value = async (tensor) => [...(await tensor.data())];

/** MomentumOptimizer leaks, at dispose, the scalar that it made of its rate (tfjs-core 4.22). */
function disposeAll(optimizer) {
  const innermost = optimizer.inner ?? optimizer;
  optimizer.dispose();
  if (innermost.getClassName() === 'Momentum') innermost.c.dispose();
}

onEachBackend('LookaheadOptimizer', (test, backend) => {
  const exact = isExact(backend);
  const steps = exact ? aPartOf(200) : 5;

  test('tfjs itself takes a step with each optimizer, except where its tests are skipped', () => {
    for (const [name, inner] of Object.entries(innerOptimizers)) {
      const [optimizer, w] = [inner(), newVariable([1], [1])];
      const step = () => optimizer.minimize(() => tf.sum(w), false, [w]);
      if (tfjsLacks(`${name} on ${backend}`)) assert.throws(step, /Unknown dtype undefined/);
      else step();
      disposeAll(optimizer);
    }
  });

  for (const [name, inner] of Object.entries(optimizersOn(backend))) {
    const testHere = testWith(name, backend, test);

    /** Two pairs of variables, equal at the start, stepped by two optimizers; `step(optimizer, pair, loss)` once. */
    const assertEqualRuns = async (optimizers, step) => {
      const pairs = optimizers.map(() => [
        newVariable(randomValues(6, 1), [3, 2]),
        newVariable(randomValues(2, 2), [2]),
      ]);
      for (let i = 0; i < steps; ++i) {
        pairs.forEach(([w, b], j) => {
          // A target that moves, for tfjs's centered RMSProp makes NaN of a gradient that stays the same.
          step(optimizers[j], [w, b], () => tf.tidy(() => tf.mean(tf.square(tf.sub(tf.mul(w, b), Math.cos(i))))));
        });
      }
      assertSameWeights(...(await Promise.all(pairs.map(valuesOf))), name);
      for (const optimizer of optimizers) disposeAll(optimizer);
    };

    testHere(`${name}: with alpha = 1 it equals the bare optimizer, through minimize`, () =>
      assertEqualRuns([lookahead(inner(), { alpha: 1 }), inner()], (optimizer, pair, loss) => {
        optimizer.minimize(loss, false, pair);
      }),
    );

    for (const form of ['array', 'map']) {
      testHere(`${name}: with alpha = 1 it equals the bare optimizer, through applyGradients with an ${form}`, () =>
        assertEqualRuns([lookahead(inner(), { alpha: 1 }), inner()], (optimizer, pair, loss) => {
          tf.tidy(() => {
            const { grads } = optimizer.computeGradients(loss, pair);
            const gradients =
              form === 'map' ? grads : Object.entries(grads).map(([name, tensor]) => ({ name, tensor }));
            optimizer.applyGradients(gradients);
          });
        }),
      );
    }

    testHere(`${name}: with any alpha it equals the bare optimizer and a Lookahead called by hand`, async () => {
      const config = { k: 3, alpha: 0.3 };
      const bare = inner();
      let byHand;
      await assertEqualRuns([lookahead(inner(), config), bare], (optimizer, pair, loss) => {
        if (optimizer === bare) byHand ??= new Lookahead(pair, config);
        optimizer.minimize(loss, false, pair);
        if (optimizer === bare) byHand.sync();
      });
      byHand.dispose();
    });

    if (exact) {
      testHere(`${name}: with alpha = 1 it equals the bare optimizer, through fit`, async () => {
        const { x, y } = smallData();
        const optimizers = [lookahead(inner(), { alpha: 1 }), inner()];
        const results = [];
        for (const optimizer of optimizers) {
          const model = smallModel(optimizer);
          await model.fit(x, y, { epochs: aPartOf(50), batchSize: 2, shuffle: false, verbose: 0, yieldEvery: 'never' });
          assert.is(optimizer.iterations, 4 * aPartOf(50));
          results.push(await valuesOf(model.getWeights()));
          model.dispose();
          disposeAll(optimizer);
        }
        assertSameWeights(...results, name);
      });
    }

    testHere(`${name}: trains no tensor too many, and dispose gives back all`, () => {
      const data = smallData();
      const optimizer = lookahead(inner(), { k: 2 });
      const model = smallModel(optimizer);
      for (let i = 0; i < 2; ++i) trainStep(model, data);
      const { numTensors, numDataBuffers } = tf.memory();
      for (let i = 0; i < 20; ++i) trainStep(model, data);
      assert.is(tf.memory().numTensors, numTensors);
      assert.is(tf.memory().numDataBuffers, numDataBuffers);
      model.dispose();
      disposeAll(optimizer);
    });
  }

  test("TensorFlow Addons' numbers: after k steps of Adam, w = w0 + alpha (w_inner - w0)", async () => {
    for (const k of [5, 10]) {
      for (const alpha of [0.3, 0.7]) {
        const [inner, w] = [newVariable([1, 2], [2]), newVariable([1, 2], [2])];
        const optimizers = [tf.train.adam(0.01), lookahead(tf.train.adam(0.01), { k, alpha })];
        for (let step = 0; step < k; ++step) {
          tf.tidy(() => {
            [inner, w].forEach(({ name }, i) => {
              optimizers[i].applyGradients({ [name]: tf.tensor1d([0.1, -0.2]) });
            });
          });
        }
        const [a, b] = [await value(w), await value(inner)];
        [1, 2].forEach((w0, i) => {
          assert.ok(Math.abs(a[i] - (w0 + alpha * (b[i] - w0))) < 1e-6, `k = ${k}, alpha = ${alpha}`);
        });
        for (const optimizer of optimizers) optimizer.dispose();
      }
    }
  });

  test("optax's numbers: from 3, steps of -1, k = 3, alpha = 1/3", async () => {
    const w = newVariable(3, []);
    const optimizer = lookahead(tf.train.sgd(1), { k: 3, alpha: 1 / 3 });
    for (const expected of [2, 1, 2, 1, 0, 1]) {
      tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: tf.scalar(1) }]));
      assert.ok(Math.abs((await value(w))[0] - expected) < 1e-6);
    }
    optimizer.dispose();
    for (const [k, alpha, slow] of [
      [1, 0.5, 1],
      [1, 0, 3],
      [1, 1, -1],
      [2, 1, -1],
    ]) {
      const w2 = newVariable(3, []);
      const other = lookahead(tf.train.sgd(1), { k, alpha });
      for (let i = 0; i < 2; ++i) tf.tidy(() => other.applyGradients({ [w2.name]: tf.scalar(2) }));
      assert.equal(await value(other.slowWeights[0]), [slow]);
      other.dispose();
    }
  });

  /** Steps with gradients given as `[variable, value]`; null stands for no gradient. */
  const step = (optimizer, ...gradients) =>
    tf.tidy(() => {
      optimizer.applyGradients(
        gradients.map(([{ name }, g]) => ({ name, tensor: g === null ? null : tf.tensor1d([g]) })),
      );
    });

  test('a variable that comes late: its slow weight is its value before its first step', async () => {
    const [a, b] = [newVariable([0], [1]), newVariable([10], [1])];
    const optimizer = lookahead(tf.train.sgd(1), { k: 2, alpha: 0.5 });
    step(optimizer, [a, -1], [b, null]);
    assert.is(optimizer.slowWeights.length, 1, 'none for a variable without a gradient');
    tf.tidy(() => b.assign(tf.tensor1d([20])));
    step(optimizer, [a, -1], [b, -4]); // merges: a 0 + 2/2, b 20 + 4/2
    assert.equal([await value(a), await value(b)], [[1], [22]]);
    assert.is(optimizer.iterations, 2);
    optimizer.dispose();
  });

  for (const [name, inner] of Object.entries(optimizersOn(backend))) {
    const testHere = testWith(name, backend, test);

    testHere(`${name}: the list of gradients may change its order and its members`, async () => {
      const make = () => [1, 2, 3].map((v) => newVariable([v], [1]));
      const [mine, reference] = [make(), make()];
      const [optimizer, bare] = [lookahead(inner(), { alpha: 1 }), inner()];
      const lists = [
        [
          [0, 0.5],
          [1, -0.25],
        ],
        [
          [1, 0.5],
          [0, 1],
        ],
        [
          [2, 1],
          [1, 0.75],
        ],
        [[0, -1]],
        [
          [2, 0.5],
          [0, 0.25],
          [1, 0.125],
        ],
      ];
      for (const list of lists) {
        step(optimizer, ...list.map(([i, g]) => [mine[i], g]));
        // The bare optimizer is right only if it always gets the same list, null where there is no gradient.
        const given = new Map(list);
        step(bare, ...reference.map((w, i) => [w, given.get(i) ?? null]));
      }
      assertSameWeights(await valuesOf(mine), await valuesOf(reference), name);
      disposeAll(optimizer);
      disposeAll(bare);
    });

    testHere(`${name}: the learning rate reads and writes through, and takes effect`, async () => {
      const [a, b] = [newVariable([1], [1]), newVariable([1], [1])];
      const optimizers = [lookahead(lookahead(inner()), { alpha: 1 }), lookahead(inner(), { alpha: 1 })];
      optimizers[0].learningRate = 0;
      optimizers[1].setLearningRate(0);
      assert.is(optimizers[0].learningRate, 0);
      assert.is(optimizers[1].inner.learningRate, 0);
      step(optimizers[0], [a, 1]);
      step(optimizers[1], [b, 1]);
      assert.equal([await value(a), await value(b)], [[1], [1]], name);
      for (const optimizer of optimizers) optimizer.dispose();
      for (const optimizer of [optimizers[0].inner.inner, optimizers[1].inner]) {
        if (optimizer.getClassName() === 'Momentum') optimizer.c.dispose();
      }
    });
  }

  test('frozen layers, unfrozen in mid-training', async () => {
    const data = smallData();
    const optimizer = lookahead(tf.train.adam(0.01), { k: 3 });
    const model = smallModel(optimizer);
    const [first] = model.layers;
    first.trainable = false;
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    assert.is(optimizer.slowWeights.length, 2);
    first.trainable = true;
    const before = await valuesOf(first.getWeights());
    trainStep(model, data);
    assert.is(optimizer.slowWeights.length, 4);
    assertSameWeights(await valuesOf(optimizer.slowWeights.slice(2)), before, 'slow weights of what was frozen');
    trainStep(model, data);
    model.dispose();
    optimizer.dispose();
  });

  test('a Lookahead in a Lookahead', async () => {
    const data = smallData();
    const nested = lookahead(lookahead(tf.train.adam(0.01), { k: 2, alpha: 0.5 }), { k: 3, alpha: 0.4 });
    const model = smallModel(nested);
    const adam = tf.train.adam(0.01);
    const byHand = smallModel(adam);
    const inner = new Lookahead(byHand.getWeights(true), { k: 2, alpha: 0.5 });
    const outer = new Lookahead(byHand.getWeights(true), { k: 3, alpha: 0.4 });
    const count = exact ? 13 : 7; // both merge at the sixth
    for (let i = 0; i < count; ++i) {
      trainStep(model, data);
      trainStep(byHand, data);
      inner.sync();
      outer.sync();
    }
    assertSameWeights(await valuesOf(model.getWeights()), await valuesOf(byHand.getWeights()), 'nested');
    assert.is(nested.iterations, count);
    for (const disposable of [model, nested, byHand, adam, inner, outer]) disposable.dispose();
  });

  test('any object that tfjs takes for an optimizer', async () => {
    const w = newVariable([0], [1]);
    const plain = {
      minimize() {},
      computeGradients: (f, variables) => tf.variableGrads(f, variables),
      applyGradients(gradients) {
        for (const { name, tensor } of gradients) {
          const variable = tf.engine().registeredVariables[name];
          if (tensor) tf.tidy(() => variable.assign(tf.sub(variable, tensor)));
        }
      },
    };
    const optimizer = lookahead(plain, { k: 2, alpha: 0.5 });
    for (let i = 0; i < 2; ++i) optimizer.minimize(() => tf.sum(tf.mul(w, -4)), false, [w]);
    assert.equal(await value(w), [4]);
    assert.is(optimizer.iterations, 2);
    optimizer.dispose();
  });

  test('k and alpha are assignable, flush merges, step by step', async () => {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(tf.train.sgd(1));
    assert.equal([optimizer.k, optimizer.alpha, optimizer.pullbackMomentum], [5, 0.5, 'none']);
    optimizer.flush(); // before any step: nothing to merge
    optimizer.k = 2;
    step(optimizer, [w, -4]);
    optimizer.flush();
    assert.equal(await value(w), [2]);
    optimizer.alpha = 0.25;
    step(optimizer, [w, -4]);
    assert.equal(await value(w), [6]);
    step(optimizer, [w, -4]);
    assert.equal(await value(w), [4]); // 2 + (10 - 2) / 4
    assert.equal(optimizer.variables, [w]);
    optimizer.dispose();
  });

  test('evaluates on slow weights, in one line and from a callback of fit', async () => {
    const { x, y } = smallData();
    const optimizer = lookahead(tf.train.sgd(0.1), { k: 1000 });
    const model = smallModel(optimizer);
    const lossOf = () => tf.tidy(() => model.evaluate(x, y).dataSync()[0]);
    const atStart = exact ? lossOf() : null;
    const seen = [];
    await model.fit(x, y, {
      epochs: 3,
      verbose: 0,
      yieldEvery: 'never',
      callbacks: {
        onEpochEnd: () => optimizer.withSlowWeights(async () => seen.push(await value(model.evaluate(x, y)))),
      },
    });
    assert.is(seen.length, 3);
    if (exact) {
      // The slow weights are still those at the start; the fast ones have moved.
      assert.equal(seen, [[atStart], [atStart], [atStart]]);
      assert.is(optimizer.withSlowWeights(lossOf), atStart);
      assert.ok(lossOf() < atStart);
    }
    model.dispose();
    optimizer.dispose();
  });

  test('a step inside withSlowWeights is refused before it changes anything', async () => {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(tf.train.sgd(1));
    step(optimizer, [w, -4]);
    optimizer.withSlowWeights(() => {
      assert.throws(() => step(optimizer, [w, -4]), /applyGradients: called inside withSlowWeights/);
      const before = tf.memory().numTensors;
      assert.throws(() => optimizer.minimize(() => tf.sum(w)), /computeGradients: called inside withSlowWeights/);
      assert.is(tf.memory().numTensors, before, 'and makes no gradients that it would leak');
      assert.throws(() => optimizer.dispose(), /inside withSlowWeights/);
    });
    assert.is(optimizer.iterations, 1);
    assert.equal(await value(w), [4]);
    optimizer.dispose();
  });

  test('bad input', async () => {
    const before = tf.memory().numTensors;
    for (const inner of [undefined, null, 5, {}, tf.train]) {
      assert.throws(() => lookahead(inner), /'inner' is .*must be a tf\.Optimizer, such as tf\.train\.sgd\(0\.7\)/);
    }
    for (const make of [() => tf.train.adam(0.1), () => tf.train.sgd(0.1), () => lookahead(tf.train.sgd(0.1))]) {
      const disposed = make();
      disposed.dispose();
      assert.throws(
        () => lookahead(disposed),
        /'inner' was disposed, or its variables, as by tf\.disposeVariables\(\)\. Make a new optimizer/,
      );
    }
    const sgd = tf.train.sgd(0.1);
    assert.throws(
      () => lookahead(sgd, { K: 1 }),
      /unknown key 'K'\. It is called 'k' here\. Known are: k, alpha, outer, restart, pullbackMomentum, nonFinite/,
    );
    assert.throws(() => lookahead(sgd, null), /'config' is null/);
    assert.throws(() => lookahead(sgd, { k: 0 }), /'k' is 0/);
    assert.throws(() => lookahead(sgd, { alpha: 2 }), /'alpha' is 2/);
    assert.throws(() => lookahead(sgd, { pullbackMomentum: 'reste' }), /is 'reste', but must be 'none', 'reset' or/);
    for (const inner of [sgd, tf.train.rmsprop(0.1), tf.train.adagrad(0.1), tf.train.adadelta(0.1)]) {
      assert.throws(() => lookahead(inner, { pullbackMomentum: 'reset' }), /the inner optimizer has no momentum/);
    }
    const optimizer = lookahead(sgd);
    for (const rate of [Number.NaN, '1', undefined]) {
      assert.throws(() => {
        optimizer.learningRate = rate;
      }, /'learningRate' is .*finite number/);
    }
    assert.is(optimizer.learningRate, 0.1);

    const w = newVariable([0], [1]);
    const int = tf.tidy(() => tf.variable(tf.scalar(1, 'int32')));
    assert.throws(() => step(optimizer, [{ name: 'nobody' }, 1]), /no variable named 'nobody'/);
    assert.throws(() => step(optimizer, [w, 1], [int, 1]), /is int32 of shape .*, but must be float32/);
    assert.is(optimizer.iterations, 0);
    assert.equal(await value(w), [0]);
    int.dispose();

    const named = newVariable([0], [1], 'again');
    step(optimizer, [named, -1]);
    named.dispose();
    const again = newVariable([3], [1], 'again');
    step(optimizer, [again, 0]);
    assert.equal(optimizer.variables, [again], 'the variable of now, not the one that had its name');
    assert.equal(await value(optimizer.slowWeights[0]), [3]);
    assert.is(optimizer.iterations, 2);

    optimizer.dispose();
    optimizer.dispose();
    for (const use of [
      () => step(optimizer, [w, 1]),
      () => optimizer.flush(),
      () => optimizer.withSlowWeights(() => {}),
    ]) {
      assert.throws(use, /this optimizer was disposed\. Make a new one/);
    }
    assert.is(tf.memory().numTensors, before + 2, 'the variables of this test');
    assert.ok(optimizer instanceof tf.Optimizer);
    assert.ok(optimizer instanceof LookaheadOptimizer);
  });
});

/** By hand: constant gradient 1, from w = 0, at each merge k = 2 steps, alpha = 0.5. */
onEachBackend('LookaheadOptimizer, pullbackMomentum', (test, backend) => {
  const close = (actual, expected, message) => {
    for (const [i, v] of actual.entries())
      assert.ok(Math.abs(v - expected[i]) < 2e-6, `${message}: ${actual} is ${expected}`);
    assert.is(actual.length, expected.length);
  };

  /** The weight and the momentum after each of the steps, or after each but the `unread` first. */
  async function run(inner, config, slot, steps, unread = 0) {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(inner, { k: 2, alpha: 0.5, ...config });
    const weights = [];
    const momenta = [];
    for (let i = 0; i < steps; ++i) {
      tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([1]) }));
      if (i < unread) continue;
      weights.push(...(await w.data()));
      momenta.push(...(await inner[slot][0].variable.data()));
    }
    disposeAll(optimizer);
    return { weights, momenta };
  }

  // Momentum 0.5, rate 1: m = 0.5 m + 1, w = w - m. In brackets the fast values that the merge replaces.
  const momentum = () => tf.train.momentum(1, 0.5);

  test('momentum, none', async () => {
    const { weights, momenta } = await run(momentum(), {}, 'accumulations', 8);
    close(momenta, [1, 1.5, 1.75, 1.875, 1.9375, 1.96875, 1.984375, 1.9921875], 'm');
    // w: -1, (-2.5) -1.25, -3, (-4.875) -3.0625, -5, (-6.96875) -5.015625, -7, (-8.9921875) -7.00390625
    close(weights, [-1, -1.25, -3, -3.0625, -5, -5.015625, -7, -7.00390625], 'w');
  });

  test('momentum, reset', async () => {
    const { weights, momenta } = await run(momentum(), { pullbackMomentum: 'reset' }, 'accumulations', 10);
    // every cycle as the first: m = 1, (1.5) 0; w falls by 1, then in all by (1 + 1.5) / 2 = 1.25
    close(momenta, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0], 'm');
    close(weights, [-1, -1.25, -2.25, -2.5, -3.5, -3.75, -4.75, -5, -6, -6.25], 'w');
  });

  test("momentum, pullback, where the authors' cache turned into an alias of the momentum after the first merge", async () => {
    const { weights, momenta } = await run(momentum(), { pullbackMomentum: 'pullback' }, 'accumulations', 8);
    // cycle 1: m = 1, (1.5)         -> 0      + (1.5      - 0)      / 2 = 0.75      w: -1,      (-2.5)      -> -1.25
    // cycle 2: m = 1.375, (1.6875)  -> 0.75   + (1.6875   - 0.75)   / 2 = 1.21875   w: -2.625,  (-4.3125)   -> -2.78125
    // cycle 3: m = 1.609375, (1.8046875)     -> 1.21875 + 0.5859375 / 2 = 1.51171875
    //          w: -4.390625, (-6.1953125)    -> -2.78125 - 3.4140625 / 2 = -4.48828125
    // cycle 4: m = 1.755859375, (1.8779296875) -> 1.51171875 + 0.3662109375 / 2 = 1.69482421875
    //          w: -6.244140625, (-8.1220703125) -> -4.48828125 - 3.6337890625 / 2 = -6.30517578125
    // With an alias the second merge would leave m at 1.6875.
    close(momenta, [1, 0.75, 1.375, 1.21875, 1.609375, 1.51171875, 1.755859375, 1.69482421875], 'm');
    close(weights, [-1, -1.25, -2.625, -2.78125, -4.390625, -4.48828125, -6.244140625, -6.30517578125], 'w');
  });

  // Adam, beta1 = beta2 = 0.5, rate 1, epsilon 1e-7: m = (m + 1) / 2, v = (v + 1) / 2, so v / (1 - 0.5^t) = 1, and
  // w = w - m / (1 - 0.5^t).
  const adam = () => tf.train.adam(1, 0.5, 0.5, 1e-7);

  test('adam, none', async () => {
    const { weights, momenta } = await run(adam(), {}, 'accumulatedFirstMoment', 8);
    close(
      momenta,
      [1, 2, 3, 4, 5, 6, 7, 8].map((t) => 1 - 0.5 ** t),
      'm',
    );
    close(weights, [-1, -1, -2, -2, -3, -3, -4, -4], 'w'); // every step is 1, of two one remains
  });

  test('adam, reset: m restarts at zero while the bias correction goes on', async () => {
    const { weights, momenta } = await run(adam(), { pullbackMomentum: 'reset' }, 'accumulatedFirstMoment', 8);
    close(momenta, [0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0], 'm');
    // Steps of a cycle that ends at t: 0.5 / (1 - 0.5^(t-1)) and 0.75 / (1 - 0.5^t). Half of them remains.
    const expected = [];
    let slow = 0;
    for (const t of [2, 4, 6, 8]) {
      const first = 0.5 / (1 - 0.5 ** (t - 1));
      const second = 0.75 / (1 - 0.5 ** t);
      expected.push(slow - first, slow - (first + second) / 2);
      slow -= (first + second) / 2;
    }
    // = -1, -1, -1.571428..., -1.685714..., ...
    close(expected.slice(0, 4), [-1, -1, -1 - 4 / 7, -1 - (4 / 7 + 4 / 5) / 2], 'by hand');
    close(weights, expected, 'w');
  });

  test('adam, pullback', async () => {
    const { momenta } = await run(adam(), { pullbackMomentum: 'pullback' }, 'accumulatedFirstMoment', 8);
    // m: 0.5, (0.75) 0.375, 0.6875, (0.84375) 0.609375, 0.8046875, (0.90234375) 0.755859375, 0.8779296875,
    //    (0.93896484375) 0.847412109375
    const expected = [0.5, 0.375, 0.6875, 0.609375, 0.8046875, 0.755859375, 0.8779296875, 0.847412109375];
    close(momenta, expected, 'm');
  });

  test('after many merges pullback still holds, and reset', async () => {
    const count = isExact(backend) ? 202 : 82; // a step takes long on a GPU
    // The fixed point of m -> 0.5 m + 0.5 (0.25 m + 1.5) is 2: m stays there at every step.
    const pulled = await run(momentum(), { pullbackMomentum: 'pullback' }, 'accumulations', count, count - 2);
    close(pulled.momenta, [2, 2], 'm');
    const reset = await run(momentum(), { pullbackMomentum: 'reset' }, 'accumulations', count, count - 2);
    close(reset.momenta, [1, 0], 'm');
  });

  test('alpha of a schedule counts for the momentum too, and so does flush', async () => {
    const w = newVariable([0], [1]);
    const inner = momentum();
    const optimizer = lookahead(inner, { k: 10, alpha: 0.5, pullbackMomentum: 'pullback' });
    const step = () => tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([1]) }));
    step();
    optimizer.alpha = 0.25;
    optimizer.flush();
    close([...(await inner.accumulations[0].variable.data())], [0.25], 'm');
    optimizer.alpha = 0;
    step();
    optimizer.flush();
    close([...(await inner.accumulations[0].variable.data())], [0.25], 'm');
    optimizer.alpha = 1;
    step();
    optimizer.flush();
    close([...(await inner.accumulations[0].variable.data())], [1.125], 'm');
    disposeAll(optimizer);
  });

  test('every optimizer that has a momentum, a late variable, a nested one', async () => {
    for (const inner of [
      () => tf.train.momentum(0.1, 0.9, true),
      () => tf.train.rmsprop(0.1, 0.9, 0.5),
      () => tf.train.rmsprop(0.1, 0.9, 0.5, 0.01, true),
      () => tf.train.adam(0.1),
      () => tf.train.adamax(0.1),
      () => lookahead(tf.train.adam(0.1), { k: 10 }),
    ]) {
      const after = {};
      for (const pullbackMomentum of ['none', 'reset', 'pullback']) {
        const [a, b] = [newVariable([0], [1]), newVariable([0], [1])];
        const optimizer = lookahead(inner(), { k: 2, alpha: 0.5, pullbackMomentum });
        tf.tidy(() => optimizer.applyGradients({ [a.name]: tf.tensor1d([1]) }));
        tf.tidy(() => optimizer.applyGradients({ [b.name]: tf.tensor1d([1]), [a.name]: tf.tensor1d([1]) }));
        const innermost = optimizer.inner.inner ?? optimizer.inner;
        const slots = innermost.accumulations ?? innermost.accumulatedFirstMoment ?? innermost.accumulatedMoments;
        after[pullbackMomentum] = (await valuesOf(slots.map(({ variable }) => variable))).map(([v]) => v);
        disposeAll(optimizer);
      }
      assert.equal(after.reset, [0, 0]);
      assert.ok(after.none.every((m) => m > 0));
      close(
        after.pullback,
        after.none.map((m) => m / 2),
        'half-way from zero',
      );
    }
  });
});
