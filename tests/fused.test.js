/**
 * A fused step gives the numbers of tfjs's own: weights, slots and all else, bit for bit, whatever comes between steps.
 */
import { fused, Lookahead, lookahead, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, testWith, tfjsOptimizers } from './support/inner-optimizers.js';
import { assertSameBits, assertSameWeights, mixedValues, randomValues } from './support/reference.js';
import { smallData, smallModel, valuesOf } from './support/small-model.js';
import { backends, brief, tf } from './support/tf.js';
import { tfjsLacks } from './support/tfjs-lacks.js';
import { assertTwins, makerOf, newTwins } from './support/twins.js';

const keys = Object.keys(innerOptimizers);
const ofTfjs = Object.keys(tfjsOptimizers);
const exact = ['cpu', 'wasm'];
const inTurn = exact.filter((backend) => backends.includes(backend));
/** Where there is no WebAssembly tfjs steps, and all the same has to hold. */
const path = globalThis.WebAssembly ? 'wasm-simd' : 'ops';

const sizeOf = tf.util.sizeFromShape;
/** Seeded values for variables of these shapes. */
const valuesFor = (shapes, seed, make = randomValues) => shapes.map((shape, i) => make(sizeOf(shape), 100 * seed + i));

const small = [[], [7], [2, 3], [4]];
const newPair = (key, shapes = small) => newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(shapes, 1));

onEachBackend(
  'fused steps',
  (test, backend) => {
    /** One is larger than a tile of the window on the cpu backend; one has a number of values that lanes do not divide. */
    const shapes = [[], [7], [3, 5500], [2, 3, 2, 5], [0], [2, 0, 3]];
    const tiled = 2;
    const late = [6, 5];
    const length = brief ? 60 : 200;
    const special = 0.9 * length;

    for (const key of keys) {
      testWith(
        key,
        backend,
        test,
      )(`${key}: ${length} steps`, () => {
        const twins = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(shapes, 1));
        const [plain, mine] = twins;
        assert.is(stepPath(mine.optimizer), path);
        assert.is(stepPath(plain.optimizer), 'ops');
        const all = [...shapes];
        for (let i = 0; i < length; ++i) {
          if (i === 0.25 * length) {
            all.push(late);
            for (const twin of twins) twin.add(randomValues(30, 5), late);
          }
          if (i === 0.4 * length) for (const twin of twins) twin.learningRate = 0.02;
          if (i === 0.6 * length) for (const twin of twins) twin.learningRate = 0.003;
          const isSpecial = i >= special;
          if (isSpecial) {
            for (const twin of twins) {
              for (const [s, tensor] of twin.tensors.entries()) {
                if (!(tensor instanceof tf.Variable) || tensor.size === 1) continue;
                if (tensor.size > 16384 && i % 8 !== 0) continue;
                tf.tidy(() => tensor.assign(tf.tensor(mixedValues(tensor.size, 1000 * i + s), tensor.shape)));
              }
            }
          }
          const gradients = valuesFor(all, 10 + i, isSpecial ? mixedValues : randomValues);
          // No gradient now and then. The large one has few, to save time.
          for (const v of all.keys()) if ((i + v) % 9 === 4 || (v === tiled && i % 8 !== 0)) gradients[v] = null;
          const changes = twins.map((twin) => twin.step(gradients, i % 3 === 1));
          assert.equal(changes[1], changes[0], `step ${i}: tensors, buffers and bytes`);
          assertTwins(mine, plain, `step ${i}`, ({ size }) => size <= 16384 || gradients[tiled]);
          if (i === special - 1) {
            for (const tensor of mine.tensors)
              assert.ok(tensor.dataSync().every(Number.isFinite), 'trained, and finite');
            assert.not.equal([...mine.variables[tiled].dataSync()], [...valuesFor(shapes, 1)[tiled]]);
          }
        }
        assert.is(mine.optimizer.iterations, length);
        for (const twin of twins) twin.dispose();
      });

      testWith(
        key,
        backend,
        test,
      )(`${key}: in lookahead with alpha = 1, the same training`, () => {
        const shapes = [[], [7], [3, 4]];
        const makers = [makerOf(key, fused), makerOf(key, (inner) => lookahead(inner, { k: 2, alpha: 1 }))];
        const [alone, wrapped] = newTwins(makers, shapes, valuesFor(shapes, 1));
        assert.is(stepPath(wrapped.optimizer), path);
        for (let i = 0; i < 20; ++i) {
          for (const twin of [alone, wrapped]) twin.step(valuesFor(shapes, 10 + i), i % 2 === 0);
          for (const [v, variable] of alone.variables.entries()) {
            assertSameBits(wrapped.variables[v].dataSync(), variable.dataSync(), `step ${i}, variable ${v}`);
          }
        }
        alone.dispose();
        disposeWithInner(wrapped.optimizer);
      });

      testWith(
        key,
        backend,
        test,
      )(`${key}: the backends of this host in turn`, async () => {
        const [plain, mine] = newPair(key);
        for (let i = 0; i < 24; ++i) {
          const gradients = valuesFor(small, 10 + i);
          for (const twin of [plain, mine]) twin.step(gradients);
          assertTwins(mine, plain, `step ${i}`);
          // Now and then two steps on one backend, so that some find what they need, and some do not.
          if (i % 3 !== 0) await tf.setBackend(inTurn[i % inTurn.length]);
        }
        await tf.setBackend(backend);
        for (const twin of [plain, mine]) twin.dispose();
      });

      // tfjs cannot save an Adamax.
      if (key !== 'Adamax') {
        testWith(
          key,
          backend,
          test,
        )(`${key}: a checkpoint goes from plain to fused and back at any step`, async () => {
          for (const at of [0, 1, 2, 5]) {
            const kinds = [makerOf(key), makerOf(key, fused)];
            const before = newTwins([...kinds, ...kinds], small, valuesFor(small, 1));
            for (let i = 0; i < at; ++i) for (const twin of before) twin.step(valuesFor(small, 10 + i));
            const former = before.map(({ optimizer }) => optimizer);
            const slots = [];
            for (const [t, twin] of before.entries()) {
              twin.optimizer = kinds[t < 2 ? 0 : 1]();
              const saved = await former[t].getWeights();
              await twin.optimizer.setWeights(saved);
              slots.push(saved.slice(1).map(({ tensor }) => tensor));
              saved[0].tensor.dispose();
            }
            const copies = slots.map((list) => list.map((slot) => slot.dataSync().slice()));
            for (let i = 0; i < 4; ++i) {
              for (const twin of before) twin.step(valuesFor(small, 50 + i));
              for (const twin of before.slice(1)) assertTwins(twin, before[0], `at ${at}, ${i} steps later`);
            }
            for (const [t, list] of slots.entries()) {
              for (const [s, slot] of list.entries())
                assertSameBits(slot.dataSync(), copies[t][s], 'a slot that was saved');
            }
            for (const twin of before) twin.dispose();
            for (const optimizer of former) {
              optimizer.dispose();
              if (key.startsWith('Momentum')) optimizer.c.dispose();
            }
          }
        });
      }
    }

    test('fit, save, load and resume', async () => {
      for (const key of ['SGD', 'Momentum', 'Adam', 'RMSProp, centered']) {
        const { x, y } = smallData();
        const trained = [];
        for (const wrap of [(optimizer) => optimizer, fused]) {
          const model = smallModel(wrap(innerOptimizers[key]()));
          await model.fit(x, y, { epochs: 3, batchSize: 3, shuffle: false, verbose: 0 });
          let artifacts;
          await model.save(
            tf.io.withSaveHandler(async (saved) => {
              artifacts = saved;
              return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
            }),
            { includeOptimizer: true },
          );
          const resumed = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
          assert.is(resumed.optimizer.getClassName(), model.optimizer.getClassName());
          assert.equal(resumed.optimizer.getConfig(), model.optimizer.getConfig());
          wrap(resumed.optimizer);
          await resumed.fit(x, y, { epochs: 2, batchSize: 3, shuffle: false, verbose: 0 });
          trained.push([...(await valuesOf(model.getWeights())), ...(await valuesOf(resumed.getWeights()))]);
          for (const each of [model, resumed]) {
            each.optimizer.dispose();
            if (key === 'Momentum') each.optimizer.c.dispose();
            each.dispose();
          }
        }
        assertSameWeights(trained[1], trained[0], key);
      }
    });
  },
  exact,
);

/**
 * Steps that the pass cannot do. tfjs does them instead, with the results of the plain optimizer, whatever these are.
 */
const otherGradients = {
  'of another shape': () => tf.tensor([0.5], [1]),
  'of another shape of the same size': () => tf.tensor([0.5, -1, 2], [1, 3]),
  'of another dtype': () => tf.tensor([1, -2, 3], [3], 'int32'),
  'that is disposed': () => {
    const gradient = tf.tensor([1, 2, 3]);
    gradient.dispose();
    return gradient;
  },
};

/** The message of what is thrown, or undefined. */
function messageOf(fn) {
  try {
    fn();
  } catch (error) {
    return error.message;
  }
}

onEachBackend(
  'fused, what goes its own way',
  (test, backend) => {
    for (const key of ofTfjs) {
      testWith(
        key,
        backend,
        test,
      )(`${key}: gradients and variables that a pass does not take`, () => {
        const twins = newPair(key, [[2], [3], [2]]);
        const [plain, mine] = twins;
        const usual = (seed) => valuesFor([[2], [3], [2]], seed);
        for (const [name, make] of Object.entries(otherGradients)) {
          for (const twin of twins) twin.step(usual(10));
          const messages = twins.map(({ optimizer, variables }) =>
            messageOf(() =>
              tf.tidy(() => {
                const tensors = [tf.tensor([1, 2]), make(), tf.tensor([3, 4])];
                optimizer.applyGradients(variables.map((variable, i) => ({ name: variable.name, tensor: tensors[i] })));
              }),
            ),
          );
          assert.is(messages[1], messages[0], name);
          assertTwins(mine, plain, `a gradient ${name}`);
        }
        for (const twin of twins) twin.step(usual(11));
        assertTwins(mine, plain, 'and then as usual');

        const ints = twins.map(() => tf.tidy(() => tf.variable(tf.tensor([1, 2], [2], 'int32'))));
        for (const values of [[3, 4], null]) {
          const messages = twins.map(({ optimizer, variables }, t) =>
            messageOf(() =>
              tf.tidy(() => {
                const gradients = variables.map(({ name }, i) => ({ name, tensor: tf.tensor(usual(12)[i]) }));
                gradients.push({ name: ints[t].name, tensor: values && tf.tensor(values) });
                optimizer.applyGradients(gradients);
              }),
            ),
          );
          assert.is(messages[1], messages[0], 'int32');
          assert.equal(ints[1].dataSync(), ints[0].dataSync());
          for (const [v, variable] of plain.variables.entries()) {
            assertSameBits(mine.variables[v].dataSync(), variable.dataSync(), `beside int32, variable ${v}`);
          }
        }
        const unknown = twins.map(({ optimizer }) =>
          messageOf(() => tf.tidy(() => optimizer.applyGradients([{ name: 'not there', tensor: tf.scalar(1) }]))),
        );
        assert.is(unknown[1], unknown[0], 'an unknown name');
        assert.ok(unknown[0]);
        for (const variable of ints) variable.dispose();
        for (const twin of twins) twin.dispose();
      });
    }

    test('a variable that is listed twice, or is a gradient itself, or gives its buffer to one', () => {
      for (const key of keys.filter((key) => !tfjsLacks(`${key} on ${backend}`))) {
        const twins = newPair(key, [[3], [3]]);
        for (let i = 0; i < 3; ++i) {
          for (const { optimizer, variables } of twins) {
            const [a, b] = variables;
            tf.tidy(() => {
              optimizer.applyGradients([
                { name: a.name, tensor: tf.tensor([1, -2, 3]) },
                { name: b.name, tensor: i === 0 ? tf.reshape(a, [3]) : a },
                { name: a.name, tensor: i === 1 ? a : tf.tensor([3, 2, -1]) },
              ]);
            });
          }
          assertTwins(twins[1], twins[0], `${key}, step ${i}`);
        }
        for (const twin of twins) twin.dispose();
      }
    });

    test('classes and instances that step in a way of their own', () => {
      const { AdamOptimizer } = tf;
      let calls = 0;
      class Counting extends AdamOptimizer {
        applyGradients(gradients) {
          ++calls;
          super.applyGradients(gradients);
        }
      }
      class Inheriting extends AdamOptimizer {}
      class Mine extends tf.Optimizer {
        applyGradients(gradients) {
          ++calls;
          for (const { name, tensor } of gradients) {
            const variable = tf.engine().registeredVariables[name];
            variable.assign(tf.sub(variable, tensor));
          }
        }
      }
      const instance = tf.train.adam(0.01);
      const original = instance.applyGradients;
      instance.applyGradients = function (gradients) {
        ++calls;
        original.call(this, gradients);
      };
      const rates = [0.01, 0.9, 0.999, 1e-7];
      for (const optimizer of [new Counting(...rates), instance, new Mine(), new Inheriting(...rates)]) {
        const isFused = optimizer.constructor === Inheriting;
        const own = Object.getOwnPropertyDescriptor(optimizer, 'applyGradients');
        const isMine = optimizer.constructor === Mine;
        const [plain, mine] = newTwins(
          [() => (isMine ? new Mine() : tf.train.adam(0.01)), () => fused(optimizer)],
          small,
          valuesFor(small, 1),
        );
        assert.is(stepPath(optimizer), isFused ? path : 'ops');
        if (!isFused) assert.equal(Object.getOwnPropertyDescriptor(optimizer, 'applyGradients'), own);
        calls = 0;
        for (let i = 0; i < 3; ++i) {
          for (const twin of [plain, mine]) twin.step(valuesFor(small, 10 + i));
          for (const [v, variable] of plain.variables.entries()) {
            assertSameBits(mine.variables[v].dataSync(), variable.dataSync(), `variable ${v}`);
          }
        }
        assert.is(calls, isMine ? 6 : isFused ? 0 : 3);
        if (!isMine) for (const twin of [plain, mine]) twin.dispose();
      }
    });
  },
  exact,
);

onEachBackend('fused', (test, backend) => {
  const expected = { cpu: path, wasm: path, webgl: 'webgl', webgpu: 'webgpu', tensorflow: 'ops' };

  test('stepPath tells what steps on the active backend, and on any that is ready', () => {
    for (const key of ofTfjs) {
      const optimizer = innerOptimizers[key]();
      assert.is(stepPath(optimizer), 'ops', 'a plain one');
      fused(optimizer);
      assert.is(stepPath(optimizer), expected[backend], key);
      assert.is(stepPath(optimizer, backend), expected[backend]);
      assert.is(stepPath(optimizer, 'cpu'), path);
      const wrapped = lookahead(optimizer);
      assert.is(stepPath(wrapped), expected[backend]);
      disposeWithInner(wrapped);
    }
    for (const inner of [undefined, null, 'adam', {}]) {
      const ofUser = Object.assign(tf.train.adagrad(1), { inner });
      assert.is(stepPath(ofUser), 'ops', 'a property of the same name');
    }
    assert.throws(
      () => stepPath(fused(tf.train.adagrad(1)), 'gpu'),
      /stepPath: no backend 'gpu' is ready\. Call it after await/,
    );
  });

  test('the optimizer stays what it was', () => {
    for (const key of ofTfjs) {
      const [plain, optimizer] = [innerOptimizers[key](), innerOptimizers[key]()];
      assert.is(fused(optimizer), optimizer);
      const descriptor = Object.getOwnPropertyDescriptor(optimizer, 'applyGradients');
      assert.is(fused(optimizer), optimizer, 'a second time');
      assert.equal(Object.getOwnPropertyDescriptor(optimizer, 'applyGradients'), descriptor);
      assert.is(descriptor.enumerable, false);
      assert.equal(Object.keys(optimizer), Object.keys(plain));
      assert.is(optimizer.constructor, plain.constructor);
      assert.is(optimizer.getClassName(), plain.getClassName());
      assert.equal(optimizer.getConfig(), plain.getConfig());
      assert.is(optimizer.iterations, 0);
      assert.is(optimizer.learningRate, plain.learningRate);
      for (const each of [plain, optimizer]) {
        each.dispose();
        if (each.getClassName() === 'Momentum') each.c.dispose();
      }
    }
  });

  test('what is no optimizer is refused', () => {
    for (const [value, words] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['adam', "'adam'"],
      [{}, 'an object'],
      [tf.train.adam, 'a function'],
      [tf.AdamOptimizer, 'a function'],
    ]) {
      // fused() takes names.
      for (const fn of value === 'adam' ? [stepPath] : [fused, stepPath]) {
        const message = messageOf(() => fn(value)) ?? 'not refused';
        assert.ok(message.startsWith(`${fn.name}: 'optimizer' is ${words}, but must be a tf.Optimizer`), message);
      }
    }
  });

  test('two steps by hand', async () => {
    const w = newVariable([1, 2], [2]);
    const momentum = fused(tf.train.momentum(0.5, 0.5));
    for (const expected of [
      [0, 3],
      [-1.5, 4.5],
    ]) {
      tf.tidy(() => momentum.applyGradients({ [w.name]: tf.tensor1d([2, -2]) }));
      assert.equal([...(await w.data())], expected);
    }
    momentum.dispose();
    momentum.c.dispose();
  });

  test('beside a Lookahead that merges', async () => {
    const w = newVariable([0], [1]);
    const sgd = fused(tf.train.sgd(1));
    const merger = new Lookahead([w], { k: 5, alpha: 0.5 });
    for (let i = 1; i <= 15; ++i) {
      tf.tidy(() => sgd.applyGradients([{ name: w.name, tensor: tf.tensor1d([-1]) }]));
      merger.sync();
      assert.is((await w.data())[0], i % 5 === 0 ? i / 2 : 2.5 * Math.floor(i / 5) + (i % 5));
    }
    merger.dispose();
    sgd.dispose();
  });
});
