/**
 * A cast of int32 or bool to float32 shares the buffer on most backends, and the buffer goes on to hold what it held
 * before. Such a tensor is stepped and merged like any other.
 */
import { fused, Lookahead, lerp, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, testWith } from './support/inner-optimizers.js';
import { assertValues, bothClasses, OuterReference } from './support/outer-optimizers.js';
import { assertLerp, assertSameBits, merge, randomValues } from './support/reference.js';
import { backends, brief, tf } from './support/tf.js';
import { makerOf, Twin } from './support/twins.js';

const shapes = [[7], [3, 4], [130, 130]];
const sizeOf = tf.util.sizeFromShape;
const deltasFor = (seed) => shapes.map((shape, i) => randomValues(sizeOf(shape), 100 * seed + i));

/** Tensors that are not float32, beside the same numbers. */
const sources = {
  int32(shape, seed) {
    const numbers = randomValues(sizeOf(shape), seed).map((value) => Math.round(100 * value) + 0); // no int32 is -0
    return [tf.tensor(numbers, shape, 'int32'), numbers];
  },
  bool(shape, seed) {
    const values = randomValues(sizeOf(shape), seed);
    return [tf.greater(tf.tensor(values, shape), 0), values.map((value) => Number(value > 0))];
  },
  'one-hot'(shape, seed) {
    const depth = shape.at(-1);
    const hot = [...randomValues(sizeOf(shape) / depth, seed)].map((value) => Math.floor(((value + 1) / 2) * depth));
    const numbers = new Float32Array(sizeOf(shape));
    for (const [row, place] of hot.entries()) numbers[row * depth + place] = 1;
    return [tf.reshape(tf.oneHot(tf.tensor1d(hot, 'int32'), depth), shape), numbers];
  },
};

const castsOf = (source, seed) => shapes.map((shape, i) => tf.cast(sources[source](shape, seed + i)[0], 'float32'));
const numbersOf = (source, seed) => shapes.map((shape, i) => sources[source](shape, seed + i)[1]);

/** Variables that are cast; nothing else then refers to their buffers. */
const makers = {
  'of a cast': (source, seed) => tf.tidy(() => castsOf(source, seed).map((cast) => tf.variable(cast))),
  'cast by tf.variable': (source, seed) =>
    tf.tidy(() =>
      shapes.map((shape, i) => tf.variable(sources[source](shape, seed + i)[0], true, undefined, 'float32')),
    ),
};

/** The values of tensors; those of a cast may come as integers. */
const valuesOf = (tensors) => Promise.all(tensors.map(async (tensor) => Float32Array.from(await tensor.data())));

const all = ['cpu', 'wasm', 'webgl', 'webgpu'];

onEachBackend(
  'casts',
  (test, backend) => {
    /** All; or in a brief run one of them, another for each `i`. */
    const sourcesFor = (i) => {
      const all = Object.keys(sources);
      return brief ? [all[i % all.length]] : all;
    };

    for (const [k, key] of Object.keys(innerOptimizers).entries()) {
      testWith(
        key,
        backend,
        test,
      )(`${key}: a fused step is that of tfjs`, async () => {
        const names = Object.keys(makers);
        for (const [s, source] of sourcesFor(k).entries()) {
          // In turn, because it makes no difference to an optimizer which one it is.
          const name = names[(k + s) % names.length];
          const twins = [makerOf(key), makerOf(key, fused)].map((makeOptimizer) => {
            const twin = new Twin(makeOptimizer());
            twin.variables.push(...makers[name](source, 1));
            return twin;
          });
          for (let step = 0; step < 4; ++step) {
            tf.tidy(() => {
              for (const { optimizer, variables } of twins) {
                const gradients =
                  step % 2 ? castsOf(source, 10) : deltasFor(step).map((d, i) => tf.tensor(d, shapes[i]));
                optimizer.applyGradients(variables.map(({ name }, i) => ({ name, tensor: gradients[i] })));
              }
            });
            const [theirs, ours] = await Promise.all(twins.map(({ tensors }) => valuesOf(tensors)));
            for (const [i, expected] of theirs.entries()) {
              // For a gradient of zero, a centered RMSProp takes the root of less than zero.
              const numbers = (values) => values.map((value) => (Number.isNaN(value) ? 1e9 : value));
              assertValues(backend, [numbers(ours[i])], [numbers(expected)], `${source}, ${name}, step ${step}: ${i}`);
            }
          }
          for (const twin of twins) {
            tf.dispose(twin.variables);
            twin.dispose();
          }
        }
      });
    }

    for (const [c, [name, newSubject]] of Object.entries(bothClasses).entries()) {
      test(`${name}: variables that were cast are merged`, async () => {
        for (const source of sourcesFor(c)) {
          for (const [made, make] of Object.entries(makers)) {
            for (const restart of [true, false]) {
              const variables = make(source, 1);
              const { subject, step, dispose } = newSubject(variables, { k: 2, alpha: 0.3, restart });
              let fast = numbersOf(source, 1);
              let slow = fast;
              for (let i = 1; i <= 6; ++i) {
                // The last one is not stepped at first, and then merged as it was made.
                const deltas = deltasFor(i).map((delta, v) => (i <= 2 && v === 2 ? null : delta));
                step(deltas);
                fast = fast.map((values, v) => (deltas[v] ? values.map((value, j) => value + deltas[v][j]) : values));
                if (i % 2 === 0) {
                  slow = slow.map((values, v) => merge(values, fast[v], 0.3));
                  if (restart) fast = slow;
                }
                const message = `${source}, ${made}, restart ${restart}, step ${i}`;
                assertValues(backend, await valuesOf(variables), fast, `${message}, fast`);
                assertValues(backend, await valuesOf(subject.slowWeights), slow, `${message}, slow`);
              }
              dispose();
              tf.dispose(variables);
            }
          }
        }
      });

      test(`${name}: variables that are assigned a cast are merged`, async () => {
        for (const source of Object.keys(sources)) {
          const variables = shapes.map((shape, i) => newVariable(deltasFor(1)[i], shape));
          const { subject, step, dispose } = newSubject(variables, { k: 1, alpha: 0.3 });
          let slow = deltasFor(1);
          for (let i = 0; i < 3; ++i) {
            tf.tidy(() => {
              for (const [v, cast] of castsOf(source, i).entries()) variables[v].assign(cast);
            });
            step(shapes.map(() => null));
            slow = slow.map((values, v) => merge(values, numbersOf(source, i)[v], 0.3));
            for (const weights of [variables, subject.slowWeights]) {
              assertValues(backend, await valuesOf(weights), slow, `${source}, step ${i}`);
            }
          }
          dispose();
        }
      });

      test(`${name}: an outer optimizer steps slow weights that were cast`, async () => {
        for (const source of Object.keys(sources)) {
          const variables = makers['of a cast'](source, 1);
          const { subject, step, dispose } = newSubject(variables, { k: 1, outer: tf.train.sgd(0.7) });
          const reference = new OuterReference('SGD', numbersOf(source, 1));
          for (let i = 0; i < 3; ++i) {
            const deltas = deltasFor(i);
            step(deltas);
            reference.merge(reference.slow.map((values, v) => values.map((value, j) => value + deltas[v][j])));
            for (const weights of [variables, subject.slowWeights]) {
              assertValues(backend, await valuesOf(weights), reference.slow, `${source}, step ${i}`);
            }
          }
          dispose();
          tf.dispose(variables);
        }
      });
    }

    /** Ways to give a Lookahead over float32 variables slow weights that were cast. */
    const given = {
      add(source, variables) {
        const [first, ...others] = variables;
        const subject = new Lookahead([first], { k: 1, alpha: 0.3 });
        const [slow, ...slowWeights] = castsOf(source, 1);
        subject.add(others, slowWeights);
        subject.slowWeights[0].assign(slow);
        return subject;
      },
      setWeights(source, variables) {
        const subject = new Lookahead(variables, { k: 1, alpha: 0.3 });
        const saved = subject.getWeights();
        const counts = saved.pop();
        const casts = castsOf(source, 1);
        subject.setWeights([...saved.map(({ name }, i) => ({ name, tensor: casts[i] })), counts]);
        return subject;
      },
      adopt(source, variables) {
        const subject = new Lookahead(variables, { k: 1, alpha: 0.3 });
        for (const [i, cast] of castsOf(source, 1).entries()) variables[i].assign(cast);
        subject.adopt();
        return subject;
      },
    };
    for (const [name, give] of Object.entries(given)) {
      test(`slow weights that were cast, by ${name}()`, async () => {
        for (const source of Object.keys(sources)) {
          const variables = shapes.map((shape, i) => newVariable(deltasFor(1)[i], shape));
          const subject = tf.tidy(() => give(source, variables));
          let slow = numbersOf(source, 1);
          for (let i = 0; i < 3; ++i) {
            const fast = deltasFor(20 + i);
            tf.tidy(() => {
              for (const [v, variable] of variables.entries()) variable.assign(tf.tensor(fast[v], shapes[v]));
            });
            subject.sync();
            slow = slow.map((values, v) => merge(values, fast[v], 0.3));
            for (const weights of [variables, subject.slowWeights]) {
              assertValues(backend, await valuesOf(weights), slow, `${source}, step ${i}`);
            }
          }
          subject.dispose();
        }
      });
    }

    test('lerp from and to what was cast, which stays', async () => {
      for (const from of Object.keys(sources)) {
        for (const to of Object.keys(sources)) {
          for (const [v, shape] of shapes.entries()) {
            const [[rawStart, start], [rawEnd, end]] = [sources[from](shape, 1), sources[to](shape, 2)];
            const [s, e] = [rawStart, rawEnd].map((raw) => tf.cast(raw, 'float32'));
            const float = tf.tensor(deltasFor(1)[v], shape);
            const message = `${from} to ${to}, [${shape}]`;
            assertLerp(backend, await lerp(s, e, 0.3).data(), start, end, 0.3, message);
            assertLerp(backend, await lerp(s, float, 0.3).data(), start, deltasFor(1)[v], 0.3, message);
            assertLerp(backend, await lerp(float, e, 0.3).data(), deltasFor(1)[v], end, 0.3, message);
            for (const [i, values] of (await valuesOf([rawStart, s, rawEnd, e])).entries()) {
              assertSameBits(values, i < 2 ? start : end, message);
            }
          }
        }
      }
    });

    if (backend === 'webgpu') return; // its values cannot be read before a merge

    test('are finite, and are put back if a step is not', async () => {
      for (const source of Object.keys(sources)) {
        const variables = makers['of a cast'](source, 1);
        const subject = lookahead(tf.train.sgd(1), { k: 1, alpha: 1, nonFinite: 'restore' });
        subject.add(variables);
        subject.applyGradients([]);
        assert.is(subject.restores, 0);
        for (const infinity of [true, false]) {
          tf.tidy(() => {
            const gradients = infinity
              ? shapes.map((shape) => tf.fill(shape, Infinity, 'float32'))
              : castsOf(source, 1);
            subject.applyGradients(variables.map(({ name }, i) => ({ name, tensor: gradients[i] })));
          });
          assert.is(subject.restores, 1);
          const expected = numbersOf(source, 1).map((values) => (infinity ? values : values.map(() => 0)));
          assertValues(backend, await valuesOf(variables), expected, source);
        }
        subject.dispose();
        tf.dispose(variables);
      }
    });
  },
  all,
);

onEachBackend(
  'casts, the values that tfjs keeps',
  (test) => {
    test('are those that its ops compute with', () => {
      const squares = tf.cast(tf.square(tf.tensor1d([60000, 3], 'int32')), 'float32'); // beyond int32
      assert.equal([...tf.mul(squares, 0.5).dataSync()], [1.8e9, 4.5]);
      assert.equal([...lerp(squares, tf.zeros([2]), 0.5).dataSync()], [1.8e9, 4.5]);
    });
  },
  ['cpu'],
);

onEachBackend(
  'casts, backends in turn',
  (test, backend) => {
    const other = ['cpu', 'wasm'].find((name) => name !== backend && backends.includes(name));

    (other ? test : test.skip)('what has been stepped and merged goes on elsewhere', async () => {
      for (const source of Object.keys(sources)) {
        const variables = makers['of a cast'](source, 1);
        const { subject, step, dispose } = bothClasses['lookahead()'](variables, { k: 1, alpha: 0.3 });
        let weights = numbersOf(source, 1);
        for (const [i, name] of [backend, other, other, backend, backend].entries()) {
          await tf.setBackend(name);
          const deltas = deltasFor(i);
          step(deltas);
          weights = weights.map((slow, v) => {
            const fast = slow.map((value, j) => value + deltas[v][j]);
            return merge(slow, fast, 0.3);
          });
          for (const tensors of [variables, subject.slowWeights]) {
            assertValues(backend, await valuesOf(tensors), weights, `${source}, step ${i}`);
          }
        }
        dispose();
        tf.dispose(variables);
      }
    });

    if (backend === 'wasm') return; // there a cast has a buffer of its own

    (backends.includes('wasm') ? test : test.skip)(
      'what has not is refused on wasm, where ops of tfjs compute with other values',
      async () => {
        for (const source of ['int32', 'bool']) {
          await tf.setBackend(backend);
          const variables = makers['of a cast'](source, 1);
          const initial = numbersOf(source, 1);
          const casts = castsOf(source, 1);
          const merger = new Lookahead(variables, { k: 1, alpha: 0.3 });
          const optimizers = [fused(tf.train.rmsprop(0.1)), lookahead(tf.train.sgd(0.1), { nonFinite: 'throw' })];
          await tf.setBackend('wasm');
          const floats = tf.tidy(() => shapes.map((shape) => tf.variable(tf.zeros(shape))));
          const gradientsOf = (tensors, of) => tensors.map((tensor, i) => ({ name: of[i].name, tensor }));
          optimizers[1].add(variables);
          const counts = tf.memory();
          const refused = new RegExp(
            `a tensor of shape \\[7\\] was cast from ${source} on another backend, and the wasm backend misreads it`,
          );
          for (const call of [
            () => merger.sync(),
            () => optimizers[0].applyGradients(gradientsOf(floats, variables)),
            () => optimizers[0].applyGradients(gradientsOf(casts, floats)),
            () => optimizers[1].flush(),
            () => lerp(casts[0], floats[0], 0.5),
            () => lerp(floats[0], casts[0], 0.5),
          ]) {
            assert.throws(call, refused);
          }
          assert.equal(
            [tf.memory().numTensors, tf.memory().numDataBuffers],
            [counts.numTensors, counts.numDataBuffers],
          );
          for (const tensors of [variables, merger.slowWeights, casts]) {
            assertValues('wasm', await valuesOf(tensors), initial, source);
          }
          // Does what the message says.
          for (const weight of [...variables, ...merger.slowWeights]) {
            tf.tidy(() => weight.assign(tf.tensor(Float32Array.from(weight.dataSync()), weight.shape)));
          }
          tf.tidy(() => variables[0].assign(tf.add(variables[0], 1)));
          merger.sync();
          const [merged] = await valuesOf(variables);
          const [numbers] = initial;
          assertSameBits(
            merged,
            merge(
              numbers,
              numbers.map((value) => value + 1),
              0.3,
            ),
            source,
          );
          merger.dispose();
          for (const optimizer of optimizers) disposeWithInner(optimizer);
          tf.dispose([variables, floats]);
        }
      },
    );
  },
  ['cpu', 'wasm', 'webgl'],
);
