/** With an outer optimizer nothing leaks, nothing that is held changes, and backends may change in mid-run. */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { aPartOf } from './support/amounts.js';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { bothClasses, disposeWithOuter, outerOptimizers } from './support/outer-optimizers.js';
import { assertSameBits, assertSameWeights, isExact, randomValues } from './support/reference.js';
import { stateIn } from './support/saved-lists.js';
import { valuesOf } from './support/small-model.js';
import { backends, tf } from './support/tf.js';

const shapes = [[4, 8], [8], [], [0]];
const sizes = shapes.map((shape) => tf.util.sizeFromShape(shape));
const randomLists = (seed) => sizes.map((n, i) => randomValues(n, 10 * seed + i));
const newVariables = () => randomLists(1).map((v, i) => newVariable(shapes[i].length === 0 ? v[0] : v, shapes[i]));

onEachBackend('memory of an outer optimizer', (test, backend) => {
  const steps = isExact(backend) ? aPartOf(2000) : 40;
  const size = isExact(backend) ? 20000 : 500; // above the window of the cpu kernel; a GPU has none

  for (const [className, make] of Object.entries(bothClasses)) {
    for (const [name, { make: makeOuter }] of Object.entries(outerOptimizers)) {
      test(`${className}, ${name}: ${steps} steps leave tensors, buffers, bytes and the heap where they were`, () => {
        for (const restart of [true, false]) {
          const { subject, step, dispose } = make(newVariables(), { k: 2, outer: makeOuter(), restart });
          const deltas = randomLists(2);
          for (let i = 0; i < 4; ++i) step(deltas);
          const counts = () => {
            const { numTensors, numDataBuffers, numBytes } = tf.memory();
            const heap = backend === 'wasm' ? tf.backend().wasm.HEAPU8.length : 0;
            return { numTensors, numDataBuffers, numBytes, heap, inBackend: tf.backend().numDataIds() };
          };
          const before = counts();
          for (let i = 0; i < steps; ++i) step(deltas);
          subject.withSlowWeights(() => {});
          subject.flush();
          assert.equal(counts(), before);
          dispose();
        }
      });

      test(`${className}, ${name}: nothing that a user holds changes`, async () => {
        for (const restart of [true, false]) {
          const w = newVariable(randomValues(size, 1), [size]);
          const { subject, step, dispose } = make([w], { k: 1, outer: makeOuter(), restart });
          const held = [];
          const hold = async (what, tensor) => held.push({ what, tensor, values: (await tensor.data()).slice() });
          const arrays = [];
          for (let i = 0; i < 3; ++i) {
            const slots = Object.values(subject.outer).flatMap((value) => (Array.isArray(value) ? value : []));
            const state = slots.map(({ variable }) => variable);
            for (const weight of [w, ...subject.slowWeights, ...state]) {
              await hold('a clone', weight.clone());
              await hold('a reshape', tf.reshape(weight, [1, -1]));
              const array = backend === 'webgpu' ? await weight.data() : weight.dataSync();
              arrays.push([array, array.slice()]);
            }
            if (subject instanceof Lookahead) {
              for (const { name, tensor } of subject.getWeights()) await hold(`saved ${name}`, tensor);
            }
            step([randomValues(size, 2 + i)]);
            for (const [array, values] of arrays) assertSameBits(array, values, 'an array');
            for (const { what, tensor, values } of held) assert.equal((await tensor.data()).slice(), values, what);
          }
          dispose();
          for (const { what, tensor, values } of held) assert.equal((await tensor.data()).slice(), values, what);
        }
      });
    }
  }

  if (!['cpu', 'wasm'].includes(backend)) return; // nothing that follows depends on who computes

  test('the constructor takes a tensor and no buffer a variable; dispose gives all back, the outer state too', () => {
    for (const [name, { make: makeOuter }] of Object.entries(outerOptimizers)) {
      const variables = newVariables();
      const before = tf.memory();
      const outer = makeOuter();
      const withOuter = tf.memory();
      const subject = new Lookahead(variables, { k: 1, outer });
      assert.is(tf.memory().numTensors, withOuter.numTensors + variables.length);
      assert.is(tf.memory().numDataBuffers, withOuter.numDataBuffers);
      for (const [i, delta] of randomLists(2).entries()) add(variables[i], sizes[i] === 1 ? delta[0] : delta);
      subject.sync();
      disposeWithOuter(subject);
      assert.equal(
        [tf.memory().numTensors, tf.memory().numDataBuffers],
        [before.numTensors, before.numDataBuffers],
        name,
      );
    }
  });

  test('lists taken and restored again and again leave nothing', async () => {
    for (const { make: makeOuter } of Object.values(outerOptimizers)) {
      const variables = newVariables();
      const subject = new Lookahead(variables, { k: 1, outer: makeOuter() });
      const optimizer = lookahead(tf.train.sgd(1), { k: 1, outer: makeOuter() });
      const step = () => {
        tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.ones(w.shape) }))));
        subject.sync();
      };
      const roundTrip = async () => {
        step();
        const weights = subject.getWeights();
        subject.setWeights(weights);
        tf.dispose(weights);
        const list = await optimizer.getWeights();
        await optimizer.setWeights(list);
        await new Promise((resolve) => setTimeout(resolve)); // for the former list, which may be on its way to a reader
        const { numTensors, numDataBuffers, numBytes } = tf.memory();
        // But for the text with the counters, which grow.
        return [numTensors, numDataBuffers, numBytes - JSON.stringify(stateIn(list)).length];
      };
      const before = await roundTrip();
      for (let i = 0; i < aPartOf(100); ++i) assert.equal(await roundTrip(), before);
      for (const each of [subject, optimizer]) disposeWithOuter(each);
    }
  });

  for (const [className, make] of Object.entries(bothClasses)) {
    test(`${className}: switched from backend to backend at every step, the bits are the same`, async () => {
      const others = backends.filter(isExact);
      for (const [name, { make: makeOuter }] of Object.entries(outerOptimizers)) {
        for (const restart of [true, false]) {
          const results = [];
          for (const pattern of [[backend], others, [...others, ...others.slice().reverse()]]) {
            await tf.setBackend(backend);
            const variables = newVariables();
            const { subject, step, dispose } = make(variables, { k: 2, outer: makeOuter(), restart });
            for (let i = 0; i < 12; ++i) {
              await tf.setBackend(pattern[i % pattern.length]);
              step(randomLists(2 + i));
            }
            results.push(await valuesOf([...variables, ...subject.slowWeights]));
            dispose();
          }
          await tf.setBackend(backend);
          for (const actual of results.slice(1)) assertSameWeights(actual, results[0], `${name}, switched`);
        }
      }
    });
  }

  test('ops see the new values of a weight that they have used', async () => {
    for (const make of Object.values(bothClasses)) {
      const [kernel, x] = [newVariable(randomValues(12, 1), [3, 4]), tf.tensor2d(randomValues(6, 2), [2, 3])];
      const { subject, step, dispose } = make([kernel], { k: 1, outer: outerOptimizers.Nesterov.make() });
      for (let i = 0; i < 4; ++i) {
        for (const weight of [kernel, ...subject.slowWeights]) tf.matMul(x, weight); // which wasm keeps repacked
        step([randomValues(12, 3 + i)]);
        for (const weight of [kernel, ...subject.slowWeights]) {
          const expected = tf.matMul(x, tf.tensor2d(await weight.data(), [3, 4]));
          assert.equal(await tf.matMul(x, weight).data(), await expected.data());
        }
      }
      dispose();
    }
  });
});
