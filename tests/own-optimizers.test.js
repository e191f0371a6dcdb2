/** The optimizers of the package's own: their numbers, on every backend, and what holds for every optimizer. */
import { AdamW, adamW, fused, Lookahead, lion, lookahead, nadam, radam, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { assertUsable, lossOf, oddShapes } from './support/forward.js';
import { disposeWithInner } from './support/inner-optimizers.js';
import { ownOptimizers } from './support/package-optimizers.js';
import { assertSameBits, isExact, mixedValues, randomValues } from './support/reference.js';
import { cloneOf } from './support/saved-lists.js';
import { load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { brief, tf } from './support/tf.js';

const keys = Object.keys(ownOptimizers);
const { make: makers } = { make: Object.fromEntries(keys.map((key) => [key, ownOptimizers[key].make])) };
/** One larger than a tile of the cpu backend's window, sizes that lanes do not divide, and an empty one. */
const shapes = [[], [7], [130, 127], [2, 3, 5], [0]];
const valuesFor = (of, seed, make = randomValues) =>
  of.map((shape, i) => make(tf.util.sizeFromShape(shape), 100 * seed + i));
const tensorOf = (values, shape) => tf.tensor(shape.length === 0 ? values[0] : values, shape, 'float32');
const newVariables = (of, seed, prefix = '') =>
  valuesFor(of, seed).map((values, i) => {
    const name = prefix && `${prefix}${i}`;
    return newVariable(of[i].length === 0 ? values[0] : values, of[i], name || undefined);
  });

/** A step with these gradients, null for none, undefined for a variable that is not listed. */
const step = (optimizer, variables, gradients, order = [...variables.keys()]) =>
  tf.tidy(() => {
    const listed = order.filter((i) => gradients[i] !== undefined);
    optimizer.applyGradients(
      listed.map((i) => ({
        name: variables[i].name,
        tensor: gradients[i] && tensorOf(gradients[i], variables[i].shape),
      })),
    );
  });

function assertNear(actual, expected, tolerance, message) {
  assert.is(actual.length, expected.length, message);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(actual[i] - value) <= tolerance, `${message}: ${i} is ${actual[i]}, expected ${value}`);
  }
}

const assertAllSame = (actual, expected, message) => {
  for (const [i, values] of expected.entries()) assertSameBits(actual[i], values, `${message}, variable ${i}`);
};

onEachBackend('own optimizers', (test, backend) => {
  const data = [
    [1, 2],
    [3, 4],
  ];
  const published = async (optimizer, weights, gradients, steps) => {
    const variables = weights.map((values) => newVariable(values, [values.length]));
    for (let i = 0; i < steps; ++i) step(optimizer, variables, gradients);
    const values = await valuesOf(variables);
    optimizer.dispose();
    return values;
  };

  test('RAdam and Ranger: the numbers of TensorFlow Addons', async () => {
    const gradients = [
      [0.1, 0.2],
      [0.03, 0.04],
    ];
    for (const [optimizer, expected] of [
      [radam(1e-3, { epsilon: 1e-7 }), [0.985769, 1.985269, 2.986119, 3.986068]],
      [radam(1e-3, { epsilon: 1e-7, weightDecay: 0.01 }), [0.984775, 1.983276, 2.983125, 3.982076]],
      [
        lookahead(radam(1e-3, { epsilon: 1e-7, beta1: 0.95 }), { k: 6, alpha: 0.45 }),
        [0.993126, 1.992901, 2.993283, 3.993261],
      ],
    ]) {
      const values = await published(optimizer, data, gradients, 100);
      assertNear(
        values.flatMap((each) => [...each]),
        expected,
        3e-6,
        'after 100 steps',
      );
    }
  });

  test('AdamW and Lion: the numbers of Keras', async () => {
    const [weights, gradients] = [[[1, 2, 3, 4]], [[1, 6, 7, 2]]];
    const [byAdamW] = await published(adamW(0.5, { epsilon: 1e-7 }), weights, gradients, 1);
    assertNear(byAdamW, [0.498, 1.496, 2.494, 3.492], 1e-5, 'AdamW');
    const [byLion] = await published(lion(0.5), weights, gradients, 1);
    assertNear(byLion, [0.5, 1.5, 2.5, 3.5], 1e-6, 'Lion');
  });

  for (const key of keys) {
    const { make, direction } = ownOptimizers[key];

    const count = isExact(backend) ? 200 : 40; // a step takes long on a GPU
    test(`${key}: ${count} steps with decay against plain JavaScript, and a schedule`, async () => {
      const n = 33;
      // On webgl the usual epsilon is 1e-4, where floats have 16 bits.
      const epsilon = key === 'Lion' ? {} : { epsilon: 1e-7 };
      const optimizer = make(0.01, { weightDecay: 0.1, exclude: ['bias'], ...epsilon });
      const variables = [0, 1].map((i) =>
        newVariable(randomValues(n, i), [n], `${key}_${['kernel', 'Bias'][i]}_of_test`),
      );
      const expected = await valuesOf(variables).then((all) => all.map((values) => [...values]));
      const states = variables.map(() => Array.from({ length: n }, () => ({})));
      for (let t = 1; t <= count; ++t) {
        if (t === count / 2) [optimizer.learningRate, optimizer.weightDecay] = [0.003, 0.3];
        const { learningRate, weightDecay } = optimizer;
        const gradients = [0, 1].map((i) => randomValues(n, 10 * t + i));
        step(optimizer, variables, gradients);
        for (const i of [0, 1]) {
          for (let e = 0; e < n; ++e) {
            if (i === 0) expected[i][e] *= 1 - learningRate * weightDecay;
            expected[i][e] -= learningRate * direction(states[i][e], gradients[i][e], t);
          }
        }
      }
      for (const [i, values] of (await valuesOf(variables)).entries())
        assertNear(values, expected[i], 1e-5, `variable ${i}`);
      assert.is(optimizer.iterations, count);
      optimizer.dispose();
    });

    test(`${key}: what it runs on, and no tensor more after any step`, () => {
      const fusedPath = { cpu: 'wasm-simd', wasm: 'wasm-simd', webgl: 'webgl', webgpu: 'webgpu' }[backend];
      const optimizer = make();
      assert.is(stepPath(optimizer), globalThis.WebAssembly || !isExact(backend) ? (fusedPath ?? 'ops') : 'ops');
      assert.is(stepPath(fused(optimizer)), stepPath(optimizer));
      const variables = newVariables(shapes, 1);
      step(optimizer, variables, valuesFor(shapes, 2));
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      for (let i = 0; i < 5; ++i) step(optimizer, variables, valuesFor(shapes, 3 + i));
      const after = tf.memory();
      assert.equal([after.numTensors, after.numDataBuffers, after.numBytes], [numTensors, numDataBuffers, numBytes]);
      optimizer.dispose();
      optimizer.dispose();
      assert.throws(() => step(optimizer, variables, valuesFor(shapes, 3)), /was disposed/);
    });

    // tfjs has no gradient of a convolution on wasm, and our stand-in for tfjs-node has no convolution.
    // On webgpu nothing lies beyond an edge, and one of the four is enough.
    const passesForward = backend === 'webgpu' ? key === keys[0] : !['wasm', 'tensorflow'].includes(backend);
    (passesForward ? test : test.skip)(
      `${key}: a forward pass after steps along real gradients, over odd shapes, is right`,
      async () => {
        for (const wrap of [(inner) => inner, (inner) => lookahead(inner, { k: 2, globalClipNorm: 0.1 })]) {
          const [optimizer, weights] = [wrap(make(0.01, { weightDecay: 0.1 })), newVariables(oddShapes, 1)];
          for (let i = 0; i < 3; ++i) optimizer.minimize(lossOf(weights), false, weights);
          await assertUsable(weights, key);
          optimizer.dispose();
        }
      },
    );

    test(`${key}: saved at any step, it goes on bit for bit, alone and in a Lookahead`, async () => {
      const of = [[], [7], [2, 3]];
      for (const wrap of [(inner) => inner, (inner) => lookahead(inner, { k: 3, pullbackMomentum: 'pullback' })]) {
        for (const at of brief ? [0, 4] : [0, 1, 2, 3, 7]) {
          const config = { weightDecay: 0.1 };
          const first = wrap(make(0.01, config));
          const variables = newVariables(of, 1, `at${at}_`);
          for (let i = 0; i < at; ++i) step(first, variables, valuesFor(of, 10 + i));
          const list = (await first.getWeights()).map(({ name, tensor }) => ({ name, tensor: cloneOf(tensor) }));
          // In new variables, as in another process, and by another optimizer.
          const others = (await valuesOf(variables)).map((values, i) =>
            newVariable(of[i].length ? values : values[0], of[i]),
          );
          const second = wrap(make(0.01, config));
          await second.setWeights(list);
          for (let i = at; i < at + 5; ++i) {
            for (const [optimizer, each] of [
              [first, variables],
              [second, others],
            ]) {
              step(optimizer, each, valuesFor(of, 10 + i));
            }
            assertAllSame(await valuesOf(others), await valuesOf(variables), `saved at ${at}, step ${i}`);
          }
          assert.is(second.iterations, at + 5);
          // And back into the first, whose state has gone on.
          await first.setWeights(list);
          assert.is(first.iterations, at);
          tf.dispose(list.map(({ tensor }) => tensor));
          first.dispose();
          second.dispose();
          for (const each of variables) each.dispose();
        }
      }
    });

    test(`${key}: a model is saved with it and loaded again, with its settings`, async () => {
      const model = smallModel(lookahead(make(0.02, { weightDecay: 0.3, exclude: ['_Bias', 'GAMMA'] }), { k: 2 }));
      const { x, y } = smallData();
      for (let i = 0; i < 5; ++i) trainStep(model, { x, y });
      const again = await load(await saved(model));
      const { inner } = again.optimizer;
      assert.is(inner.getClassName(), key);
      assert.equal(inner.getConfig(), model.optimizer.inner.getConfig());
      assert.equal(inner.getConfig().exclude, ['bias', 'gamma']);
      for (let i = 0; i < 5; ++i) for (const each of [model, again]) trainStep(each, { x, y });
      assertAllSame(await valuesOf(again.getWeights()), await valuesOf(model.getWeights()), 'after loading');
      for (const { optimizer } of [model, again]) optimizer.dispose();
      model.dispose();
      again.dispose();
    });

    test(`${key}: nothing that a user took before a step changes`, async () => {
      const of = [[3], [130, 130]];
      const optimizer = make(0.1, { weightDecay: 0.1 });
      const variables = newVariables(of, 1);
      const held = [];
      const hold = async (tensor) => held.push([tensor, (await tensor.data()).slice()]);
      for (let i = 0; i < 4; ++i) {
        const gradients = valuesFor(of, 10 + i).map((values, v) => tf.tensor(values, of[v]));
        const state = (await optimizer.getWeights())
          .map(({ tensor }) => tensor)
          .filter(({ dtype }) => dtype === 'float32');
        for (const tensor of [...variables, ...state]) {
          await hold(tensor.clone());
          await hold(tf.reshape(tensor, [-1]));
        }
        for (const gradient of gradients) await hold(gradient);
        optimizer.applyGradients(variables.map(({ name }, v) => ({ name, tensor: gradients[v] })));
        for (const [tensor, values] of held) assertSameBits((await tensor.data()).slice(), values, `step ${i}`);
      }
      optimizer.dispose();
    });

    test(`${key}: as the outer optimizer, of either class, it is saved with the rest`, async () => {
      const of = [[7], [2, 3]];
      const run = async (wrap) => {
        const results = [];
        for (const at of [2, 5]) {
          const variables = newVariables(of, 1);
          let program = wrap(variables);
          for (let i = 0; i < 12; ++i) {
            program.step(valuesFor(of, 10 + i));
            if (i !== at) continue;
            const list = (await program.state.getWeights()).map(({ name, tensor }) => ({
              name,
              tensor: cloneOf(tensor),
            }));
            program.dispose();
            program = wrap(variables);
            await program.state.setWeights(list);
            tf.dispose(list.map(({ tensor }) => tensor));
          }
          results.push(await valuesOf(variables));
          program.dispose();
        }
        assertAllSame(results[1], results[0], 'saved at another step');
        return results[0];
      };
      const byOptimizer = await run((variables) => {
        const optimizer = lookahead(tf.train.sgd(0.1), { k: 2, outer: make(0.05) });
        return {
          state: optimizer,
          step: (gradients) => step(optimizer, variables, gradients),
          dispose: () => optimizer.dispose(),
        };
      });
      const byClass = await run((variables) => {
        const state = new Lookahead(variables, { k: 2, outer: make(0.05) });
        const sgd = tf.train.sgd(0.1);
        return {
          state,
          step(gradients) {
            step(sgd, variables, gradients);
            state.sync();
          },
          dispose() {
            state.dispose();
            sgd.dispose();
          },
        };
      });
      if (isExact(backend)) assertAllSame(byClass, byOptimizer, 'the two classes');
    });

    test(`${key}: pullbackMomentum and nonFinite: 'restore' know it`, async () => {
      const of = [[3], [2, 2]];
      const variables = newVariables(of, 1);
      const before = await valuesOf(variables);
      const optimizer = lookahead(make(0.1), { k: 2, pullbackMomentum: 'reset', nonFinite: 'restore' });
      if (backend !== 'webgpu') {
        step(optimizer, variables, valuesFor(of, 2));
        step(optimizer, variables, [
          [Number.NaN, 1, 1],
          [1, 1, 1, 1],
        ]);
        assert.is(optimizer.restores, 1);
        assertAllSame(await valuesOf(variables), before, 'back at the slow weights');
        // Its state is that of a new one, so what follows is what a new one would do.
        const [fresh, twins] = [lookahead(make(0.1), { k: 2, pullbackMomentum: 'reset' }), newVariables(of, 1)];
        for (let i = 0; i < 6; ++i) {
          step(optimizer, variables, valuesFor(of, 10 + i));
          step(fresh, twins, valuesFor(of, 10 + i));
        }
        assertAllSame(await valuesOf(variables), await valuesOf(twins), 'as a new one');
        assert.is(optimizer.iterations, 8);
        fresh.dispose();
      }
      optimizer.dispose();
    });
  }
});

onEachBackend(
  'own optimizers, bits',
  (test, backend) => {
    test('AdamW without decay is tf.train.adam, but where a weight is infinite', () => {
      const of = [[], [7], [130, 127], [0]];
      const [mine, plain] = [adamW(0.01, { weightDecay: 0 }), tf.train.adam(0.01)];
      const [ours, theirs] = [newVariables(of, 1), newVariables(of, 1)];
      for (let i = 0; i < 60; ++i) {
        const gradients = valuesFor(of, 10 + i, i < 50 ? randomValues : mixedValues);
        if (i === 50)
          for (const each of [ours, theirs]) tf.tidy(() => each[1].assign(tf.tensor([0, -0, 1, -0, 2 ** -149, 0, 1])));
        step(mine, ours, gradients);
        step(plain, theirs, gradients);
        for (const [v, variable] of theirs.entries()) {
          const [expected, actual] = [variable.dataSync(), ours[v].dataSync()];
          const finite = [...expected.keys()].filter((e) => Number.isFinite(expected[e]));
          assertSameBits(
            Float32Array.from(finite, (e) => actual[e]),
            finite.map((e) => expected[e]),
            `step ${i}, ${v}`,
          );
        }
      }
      mine.dispose();
      plain.dispose();
    });

    for (const key of keys) {
      test(`${key}: composed of tfjs's ops, and on the other backend, the same bits`, async () => {
        tf.copyRegisteredKernels('cpu', 'any-other');
        tf.registerBackend('any-other', tf.findBackendFactory('cpu'));
        const results = [];
        for (const each of [backend, backend === 'wasm' ? 'cpu' : 'any-other', 'any-other']) {
          await tf.setBackend(each);
          const [optimizer, variables] = [makers[key](0.01, { weightDecay: 0.1 }), newVariables(shapes, 1)];
          if (each === 'any-other') assert.is(stepPath(optimizer), 'ops');
          for (let i = 0; i < 30; ++i) {
            // No infinite or NaN weight before the last steps: it would hide the rest.
            step(optimizer, variables, valuesFor(shapes, 10 + i, i < 25 ? randomValues : mixedValues));
          }
          results.push(
            [...variables, ...(await optimizer.getWeights()).map(({ tensor }) => tensor)].map((t) => [...t.dataSync()]),
          );
          optimizer.dispose();
          for (const variable of variables) variable.dispose();
        }
        await tf.setBackend(backend);
        tf.removeBackend('any-other');
        for (const other of results.slice(1)) {
          for (const [i, values] of other.entries()) {
            assertSameBits(Float32Array.from(values), results[0][i], `tensor ${i}`);
          }
        }
      });

      test(`${key}: other lists and orders, late and frozen layers, variables that go and come twice`, () => {
        // By variable, each against one that has this variable alone.
        const of = [[], [7], [2, 3], [5, 2]];
        const config = { weightDecay: 0.1 };
        const [together, twins] = [makers[key](0.01, config), of.map(() => makers[key](0.01, config))];
        const [variables, others] = [newVariables(of, 1), newVariables(of, 1)];
        const random = randomValues(4000, 99);
        let at = 0;
        const chance = () => Math.abs(random[at++]);
        for (let i = 0; i < 60; ++i) {
          const gradients = valuesFor(of, 10 + i).map((values, v) => {
            if (v === 3 && i < 10) return undefined; // comes late
            const c = chance();
            return c < 0.2 ? undefined : c < 0.3 ? null : values;
          });
          const order = [...of.keys()]
            .map((v) => [chance(), v])
            .sort((a, b) => a[0] - b[0])
            .map(([, v]) => v);
          step(together, variables, gradients, order);
          // Every one has seen as many steps.
          for (const [v, twin] of twins.entries()) {
            step(twin, [others[v]], [gradients[v] ?? null]);
            assertSameBits(variables[v].dataSync(), others[v].dataSync(), `step ${i}, variable ${v}`);
          }
          if (i === 30) {
            // One that is disposed is forgotten, and another of its name is another.
            const { name, shape } = variables[1];
            variables[1].dispose();
            others[1].dispose();
            twins[1].dispose();
            const [values] = valuesFor([[3, 3]], 500);
            variables[1] = newVariable(values, [3, 3], name);
            others[1] = newVariable(values, [3, 3]);
            twins[1] = makers[key](0.01, config);
            of[1] = [3, 3];
            assert.equal(shape, [7]);
            // As many steps as the others have seen.
            const burner = newVariable([0], [1]);
            for (let b = 0; b <= i; ++b) step(twins[1], [burner], [[0]]);
          }
        }
        together.dispose();
        for (const twin of twins) twin.dispose();
      });
    }

    test('a variable that is listed twice is stepped twice, as tfjs does it', () => {
      const [mine, plain] = [adamW(0.01, { weightDecay: 0 }), tf.train.adam(0.01)];
      const [[ours], [theirs]] = [newVariables([[7]], 1), newVariables([[7]], 1)];
      for (let i = 0; i < 10; ++i) {
        for (const [optimizer, variable] of [
          [mine, ours],
          [plain, theirs],
        ]) {
          tf.tidy(() => {
            const gradients = [0, 1].map((g) => tf.tensor(randomValues(7, 10 * i + g)));
            optimizer.applyGradients(gradients.map((tensor) => ({ name: variable.name, tensor })));
          });
        }
        assertSameBits(ours.dataSync(), theirs.dataSync(), `step ${i}`);
      }
      mine.dispose();
      plain.dispose();
    });
  },
  ['cpu', 'wasm'],
);

onEachBackend('own optimizers, mistakes', (test) => {
  test('a setting that is wrong is refused, by name and value, and nothing is made', () => {
    const { numTensors } = tf.memory();
    for (const [wrong, message] of [
      [() => adamW(Number.NaN), "AdamW: 'learningRate' is NaN, but must be a finite number."],
      [() => adamW('0.1'), "AdamW: 'learningRate' is '0.1', but must be a finite number."],
      [() => radam(1, { beta1: 1 }), "RAdam: 'beta1' is 1, but must be a number in [0, 1)."],
      [() => nadam(1, { epsilon: -1 }), "NAdam: 'epsilon' is -1, but must be a finite number of at least 0."],
      [() => lion(1, { weightDecay: -1 }), "Lion: 'weightDecay' is -1, but must be a finite number of at least 0."],
      [() => lion(1, { epsilon: 1 }), /'config' has an unknown key 'epsilon'/],
      [() => adamW(1, { exclude: 'bias' }), /'exclude' is 'bias', but must be an array of parts of names/],
      [() => adamW(1, { exclude: ['_'] }), /'exclude' is an array of 1/],
      [() => adamW(1, { weight_decay: 1 }), /unknown key 'weight_decay'. It is called 'weightDecay' here/],
      [() => adamW(1, 5), /'config' is 5/],
    ]) {
      assert.throws(wrong, typeof message === 'string' ? (error) => error.message === message : message);
    }
    assert.is(tf.memory().numTensors, numTensors);
  });

  test('a step that is wrong changes nothing', async () => {
    const optimizer = adamW(0.1);
    const [w, i] = [newVariable([1, 2], [2], 'mistaken_w'), tf.variable(tf.tensor([1], [1], 'int32'))];
    step(optimizer, [w], [[1, 1]]);
    const stateOf = async () => valuesOf((await optimizer.getWeights()).map(({ tensor }) => tensor));
    const before = await stateOf();
    const [good, bad] = [tf.tensor([1, 1]), tf.tensor([1, 1, 1])];
    for (const [gradients, message] of [
      [{ mistaken_w: good, nobody: good }, /no variable named 'nobody'/],
      [
        { mistaken_w: bad },
        /the gradient of 'mistaken_w'' is float32 of shape \[3\], but must be float32 of shape \[2\]/,
      ],
      [{ mistaken_w: good, [i.name]: good }, /is int32 of shape .*, but must be float32/],
      [[{ name: 'mistaken_w', tensor: 5 }], /is 5, but must be a tf.Tensor/],
      [undefined, /AdamW\.applyGradients: 'variableGradients' is undefined, but must be gradients by/],
      [[{ name: 'mistaken_w', tensor: good }, null], /'variableGradients' is an array of 2, but must be gradients by/],
    ]) {
      assert.throws(() => optimizer.applyGradients(gradients), message);
      assert.equal(await stateOf(), before);
    }
    for (const list of [undefined, [], [{ name: 'iter', tensor: tf.scalar(1, 'int32') }]]) {
      await optimizer.setWeights(list).then(
        () => assert.unreachable(),
        (error) => assert.match(error.message, /AdamW.setWeights: 'weights' is /),
      );
    }
    const list = await optimizer.getWeights();
    for (const [name, values] of [
      ['steps', [Number.NaN, -5, 1.5]],
      ['iter', [-1]],
    ]) {
      for (const value of values) {
        const changed = (each) => (each.name === name ? { name, tensor: tf.scalar(value, each.tensor.dtype) } : each);
        await optimizer.setWeights(list.map(changed)).then(
          () => assert.unreachable(),
          (error) => assert.match(error.message, `'${name}' is ${value}, but must be an integer of at least 0`),
        );
      }
    }
    for (const wrong of [
      list.slice(0, -1),
      list.toSpliced(1, 1),
      list.toReversed(),
      [...list.slice(0, 2), list[1], list[3]],
    ]) {
      const error = await optimizer.setWeights(wrong).then(
        () => null,
        (error) => error,
      );
      if (wrong.length !== list.length || wrong[0].name !== 'iter') assert.ok(error, 'refused');
    }
    assert.equal((await stateOf()).slice(0, 1), before.slice(0, 1));
    assert.throws(() => (optimizer.learningRate = Number.NaN), /'learningRate' is NaN/);
    assert.throws(() => optimizer.setLearningRate('1'), /'learningRate' is '1'/);
    assert.throws(() => (optimizer.weightDecay = -1), /'weightDecay' is -1/);
    optimizer.dispose();
    i.dispose();
  });

  test('one that extends AdamW may hold a variable of its own, which its list leaves out', async () => {
    class Extended extends AdamW {
      static get className() {
        return 'Extended';
      }

      extra = tf.variable(tf.scalar(1), false);

      dispose() {
        super.dispose();
        this.extra.dispose();
      }
    }
    const w = newVariable([1, 2], [2]);
    const optimizer = new Extended(0.1);
    step(optimizer, [w], [[1, 1]]);
    await optimizer.setWeights(await optimizer.getWeights());
    step(optimizer, [w], [[1, 1]]);
    assert.is(optimizer.iterations, 2);
    assert.equal(await valuesOf([optimizer.extra]), [new Float32Array([1])]);
    optimizer.dispose();
  });

  test('as an outer optimizer, it excludes by the names of the variables, not of their slow weights', async () => {
    const steps = [];
    for (const exclude of [[], ['head'], ['kernel']]) {
      const w = newVariable([8, -8], [2], 'outer/kernel');
      const optimizer = lookahead(tf.train.sgd(0.1), { k: 1, outer: adamW(0.1, { weightDecay: 0.5, exclude }) });
      step(optimizer, [w], [[1, 1]]);
      steps.push((await valuesOf([w]))[0]);
      optimizer.dispose();
      w.dispose();
    }
    const [all, head, kernel] = steps;
    assert.equal(head, all);
    assert.not.equal(kernel, all);
  });

  test('restored, a step of other variables is refused, and the message says what one can do here', async () => {
    const [optimizer, again] = [adamW(0.1), adamW(0.1)];
    const [a, b, c] = ['saved_a', 'saved_b', 'another'].map((name) => newVariable([1], [1], name));
    step(optimizer, [a, b], [[1], [1]]);
    await again.setWeights(await optimizer.getWeights());
    const refused =
      /^AdamW\.applyGradients: 'another' was not saved, .* Name the 2 .*: take a step of all of them before you freeze any\. Or/;
    assert.throws(() => step(again, [c], [[1]]), refused);
    step(again, [a, b], [[1], [1]]);
    step(again, [a], [[1]]);
    for (const each of [optimizer, again]) each.dispose();
  });

  test('by name, in a Lookahead', () => {
    for (const key of keys) {
      const optimizer = lookahead(key.toLowerCase());
      assert.is(optimizer.inner.getClassName(), key);
      disposeWithInner(optimizer);
    }
  });
});
