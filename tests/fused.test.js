/** A fused step gives the numbers of tfjs's own: weights, slots and all else, bit for bit, whatever comes between the steps. */
import { fused, Lookahead, lookahead, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers } from './support/inner-optimizers.js';
import { assertSameBits, assertSameWeights, mixedValues, randomValues } from './support/reference.js';
import { smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { backends, tf } from './support/tf.js';
import { assertTwins, makerOf, newTwins } from './support/twins.js';

const keys = Object.keys(innerOptimizers);
const exact = ['cpu', 'wasm'];
/** Where there is no WebAssembly tfjs steps, and all the same has to hold. */
const path = globalThis.WebAssembly ? 'wasm-simd' : 'ops';

const sizeOf = tf.util.sizeFromShape;
/** Seeded values for variables of these shapes. */
const valuesFor = (shapes, seed, make = randomValues) => shapes.map((shape, i) => make(sizeOf(shape), 100 * seed + i));

const small = [[], [7], [2, 3], [4]];
const newPair = (key, shapes = small) =>
  newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(shapes, 1));

onEachBackend(
  'fused steps',
  (test, backend) => {
    /** One is larger than a tile of the window on the cpu backend; one has a number of values that lanes do not divide. */
    const shapes = [[], [7], [3, 5500], [2, 3, 2, 5], [0], [2, 0, 3]];
    const tiled = 2;
    const late = [6, 5];

    for (const key of keys) {
      test(`${key}: 200 steps`, () => {
        const twins = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(shapes, 1));
        const [plain, mine] = twins;
        assert.is(stepPath(mine.optimizer), path);
        assert.is(stepPath(plain.optimizer), 'ops');
        const all = [...shapes];
        for (let i = 0; i < 200; ++i) {
          if (i === 50) {
            all.push(late);
            for (const twin of twins) twin.add(randomValues(30, 5), late);
          }
          if (i === 80) for (const twin of twins) twin.learningRate = 0.02;
          if (i === 120) for (const twin of twins) twin.learningRate = 0.003;
          const isSpecial = i >= 180;
          if (isSpecial) {
            for (const twin of twins) {
              for (const [s, tensor] of twin.tensors.entries()) {
                if (!(tensor instanceof tf.Variable) || tensor.size === 1) continue;
                if (tensor.size > 16384 && i !== 184) continue;
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
          if (i === 179) {
            for (const tensor of mine.tensors) assert.ok(tensor.dataSync().every(Number.isFinite), 'trained, and finite');
            assert.not.equal([...mine.variables[tiled].dataSync()], [...valuesFor(shapes, 1)[tiled]]);
          }
        }
        assert.is(mine.optimizer.iterations, 200);
        for (const twin of twins) twin.dispose();
      });

      test(`${key}: in lookahead with alpha = 1, the same training`, () => {
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

      test(`${key}: the backends of this host in turn`, async () => {
        const [plain, mine] = newPair(key);
        for (let i = 0; i < 24; ++i) {
          const gradients = valuesFor(small, 10 + i);
          for (const twin of [plain, mine]) twin.step(gradients);
          assertTwins(mine, plain, `step ${i}`);
          // Now and then two steps on one backend, so that some find what they need, and some do not.
          if (i % 3 !== 0) await tf.setBackend(exact.filter((name) => backends.includes(name)).at(i % 2));
        }
        await tf.setBackend(backend);
        for (const twin of [plain, mine]) twin.dispose();
      });

      // tfjs cannot save an Adamax.
      if (key !== 'Adamax') {
        test(`${key}: a checkpoint goes from plain to fused and back at any step`, async () => {
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
              for (const [s, slot] of list.entries()) assertSameBits(slot.dataSync(), copies[t][s], 'a slot that was saved');
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
