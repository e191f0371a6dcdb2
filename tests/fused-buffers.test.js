/** The buffers of a fused step: it overwrites those that nobody else can see, and never changes anything else. */
import { fused, Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, testWith } from './support/inner-optimizers.js';
import { assertSameBits, randomValues } from './support/reference.js';
import { tf } from './support/tf.js';
import { assertTwins, makerOf, newTwins } from './support/twins.js';

const keys = Object.keys(innerOptimizers);
const sizeOf = tf.util.sizeFromShape;
const valuesFor = (shapes, seed) => shapes.map((shape, i) => randomValues(sizeOf(shape), 100 * seed + i));

/**
 * The tensors of a twin that a step changes: its variables, without powers of betas and the like, which have one
 * element.
 */
const states = (twin) => twin.tensors.filter((tensor) => tensor instanceof tf.Variable && tensor.size > 1);

/** Records the first argument of each call of a method while `fn` runs. */
function record(object, method, fn) {
  const original = object[method];
  const calls = [];
  object[method] = function (...args) {
    calls.push(args[0]);
    return original.apply(this, args);
  };
  try {
    fn();
  } finally {
    object[method] = original;
  }
  return calls;
}

onEachBackend(
  'fused steps, buffers',
  (test, backend) => {
    const overwrites = globalThis.WebAssembly !== undefined;

    for (const key of keys) {
      testWith(
        key,
        backend,
        test,
      )(`${key}: nothing that a user took before a step changes`, async () => {
        const shapes = [[3], [130, 130]];
        const initial = valuesFor(shapes, 1).map((values, i) => tf.tensor(values, shapes[i]));
        const variables = initial.map((tensor) => tf.variable(tensor));
        const [twin] = newTwins([makerOf(key, fused)], [], []);
        twin.variables.push(...variables);
        const held = initial.map((tensor) => ['an initial tensor', () => tensor.dataSync(), tensor.dataSync().slice()]);
        const hold = (name, read) => held.push([name, read, read().slice()]);
        const others = [];
        for (let i = 0; i < 6; ++i) {
          const gradients = valuesFor(shapes, 10 + i).map((values, v) => tf.tensor(values, shapes[v]));
          for (const tensor of [...twin.tensors, ...gradients]) {
            const array = tensor.dataSync();
            const copied = await tensor.data();
            hold('an array', () => array);
            hold('a copied array', () => copied);
            // At the last steps arrays alone: the buffers are then unshared, and overwritten.
            if (i > 2) continue;
            const clone = tensor.clone();
            const reshape = tf.reshape(tensor, [-1]);
            const other = tf.variable(tensor);
            others.push(other);
            hold('a clone', () => clone.dataSync());
            hold('a reshape', () => reshape.dataSync());
            hold('another variable', () => other.dataSync());
          }
          for (const gradient of gradients) hold('a gradient', () => gradient.dataSync());
          twin.optimizer.applyGradients(variables.map(({ name }, v) => ({ name, tensor: gradients[v] })));
          for (const [name, read, values] of held) assertSameBits(read(), values, `${name}, step ${i}`);
        }
        for (const each of [...others, ...variables, ...initial]) each.dispose();
        twin.dispose();
      });

      testWith(
        key,
        backend,
        test,
      )(`${key}: a buffer is overwritten if nothing else refers to it, and else left`, () => {
        const shapes = [[3], [20, 20]];
        const [plain, mine] = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(shapes, 1));
        const step = (i) => {
          for (const twin of [plain, mine]) twin.step(valuesFor(shapes, 10 + i));
          assertTwins(mine, plain, `step ${i}`);
        };
        step(0);
        const counts = tf.memory();
        const idsOf = (tensors) => tensors.map(({ dataId }) => dataId);
        for (let i = 1; i < 4; ++i) {
          const before = idsOf(states(mine));
          step(i);
          assert.equal(
            idsOf(states(mine)).map((id, s) => id === before[s]),
            before.map(() => overwrites),
            `step ${i}`,
          );
        }
        assert.is(tf.memory().numBytes, counts.numBytes);

        // One state after the other is shared: it alone gets a buffer of its own.
        for (const shared of states(mine).keys()) {
          const reshape = tf.reshape(states(mine)[shared], [-1]);
          const values = reshape.dataSync().slice();
          const before = idsOf(states(mine));
          step(10 + shared);
          const isKept = idsOf(states(mine)).map((id, s) => id === before[s]);
          assert.equal(
            isKept,
            before.map((_, s) => overwrites && s !== shared),
            `state ${shared} is shared`,
          );
          assertSameBits(reshape.dataSync(), values, 'what shared it');
          reshape.dispose();
        }
        for (const twin of [plain, mine]) twin.dispose();
      });

      testWith(
        key,
        backend,
        test,
      )(`${key}: in steady state a step makes no tensor and allocates nothing`, () => {
        const shapes = [[20], [300, 10], [200, 200], []];
        const [twin] = newTwins([makerOf(key, fused)], shapes, valuesFor(shapes, 1));
        twin.step(valuesFor(shapes, 2));
        const gradients = twin.variables.map((variable, v) => ({
          name: variable.name,
          tensor: tf.tensor(shapes[v].length ? randomValues(variable.size, v) : 1, variable.shape),
        }));
        const step = () => twin.optimizer.applyGradients(gradients);
        step();
        const writes = [];
        const allocations = [];
        for (let i = 0; i < 3; ++i) {
          writes.push(
            record(tf.backend(), 'write', () => {
              if (backend !== 'wasm') step();
              else allocations.push(record(tf.backend().wasm, '_malloc', step));
            }),
          );
        }
        if (overwrites) assert.equal(writes.flat(), []);
        assert.equal(allocations.flat(), []);
        twin.dispose();
      });
    }

    test('right after a merge the weight gets a buffer of its own, and the slow weight keeps theirs', () => {
      const shapes = [[3], [130, 130]];
      const [twin] = newTwins([makerOf('Adam', fused)], shapes, valuesFor(shapes, 1));
      const merger = new Lookahead(twin.variables, { k: 2 });
      for (let i = 0; i < 8; ++i) {
        const slow = merger.slowWeights.map((weight) => [weight.dataId, weight.dataSync().slice()]);
        const before = twin.variables.map(({ dataId }) => dataId);
        twin.step(valuesFor(shapes, 10 + i));
        for (const [v, { dataId }] of twin.variables.entries()) {
          const [slowId, values] = slow[v];
          assert.is(merger.slowWeights[v].dataId, slowId);
          assertSameBits(merger.slowWeights[v].dataSync(), values, 'slow weight');
          assert.is.not(dataId, slowId);
          assert.is(dataId === before[v], overwrites && i % 2 === 1, `step ${i}`);
        }
        assert.is(merger.sync(), i % 2 === 1);
      }
      merger.dispose();
      twin.dispose();
    });

    test('ops see the new values of a weight that they have used', () => {
      const shapes = { kernel: [3, 4], bias: [4], filter: [1, 1, 3, 4], depthwise: [2, 2, 3, 1], alpha: [3] };
      const x = tf.tensor2d(randomValues(6, 7), [2, 3]);
      const image = tf.tensor4d(randomValues(27, 8), [1, 3, 3, 3]);
      const compute = ([kernel, bias, filter, depthwise, alpha]) =>
        tf.tidy(() =>
          [
            tf.matMul(x, kernel),
            tf.fused.matMul({ a: x, b: kernel, bias, activation: 'relu' }),
            tf.conv2d(image, filter, 1, 'same'),
            tf.fused.conv2d({ x: image, filter, strides: 1, pad: 'same', bias }),
            tf.depthwiseConv2d(image, depthwise, 1, 'same'),
            tf.prelu(x, alpha),
          ].map((tensor) => tensor.dataSync().slice()),
        );
      /** The same on tensors that no op has seen. */
      const expected = (weights) =>
        tf.tidy(() => compute(weights.map((w) => tf.tensor(w.dataSync().slice(), w.shape))));
      const list = Object.values(shapes);
      for (const key of keys) {
        const [twin] = newTwins([makerOf(key, fused)], list, valuesFor(list, 1));
        let before = compute(twin.variables);
        for (let i = 0; i < 4; ++i) {
          const sharing = i === 2 ? twin.variables.map((w) => tf.reshape(w, w.shape)) : [];
          twin.step(valuesFor(list, 10 + i));
          const after = compute(twin.variables);
          assert.equal(after, expected(twin.variables), `${key}, step ${i}`);
          assert.not.equal(after, before);
          // Slots are variables too, with buffers of their own.
          const slots = states(twin).filter(({ shape }) => tf.util.arraysEqual(shape, shapes.kernel));
          for (const slot of slots) {
            const [product, again] = [slot, tf.tensor(slot.dataSync().slice(), slot.shape)].map((b) => tf.matMul(x, b));
            assertSameBits(product.dataSync(), again.dataSync(), `${key}: a slot`);
          }
          before = after;
          tf.dispose(sharing);
        }
        twin.dispose();
      }
    });

    test('2,000 steps and merges leave tensors and buffers where they were, and the heap', () => {
      for (const key of keys) {
        const shapes = [[4, 8], [8], [], [0]];
        const [twin] = newTwins([makerOf(key, (inner) => lookahead(inner, { k: 2 }))], shapes, valuesFor(shapes, 1));
        const gradients = valuesFor(shapes, 2);
        for (let i = 0; i < 4; ++i) twin.step(gradients);
        const count = () => {
          const { numTensors, numDataBuffers, numBytes } = tf.memory();
          const heap = backend === 'wasm' ? tf.backend().wasm.HEAPU8.length : 0;
          return { numTensors, numDataBuffers, numBytes, inBackend: tf.backend().numDataIds(), heap };
        };
        const before = count();
        for (let i = 0; i < 200; ++i) twin.step(gradients);
        assert.equal(count(), before, key);
        disposeWithInner(twin.optimizer);
      }
    });
  },
  ['cpu', 'wasm'],
);

onEachBackend(
  'fused steps, the wasm heap is full',
  (test, backend) => {
    for (const key of keys) {
      testWith(
        key,
        backend,
        test,
      )(`${key}: an error that says so, and nothing has changed`, () => {
        const shapes = [[2, 3], [5], [4]];
        const [plain, mine] = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(shapes, 1));
        const { wasm } = tf.backend();
        const { _malloc } = wasm;
        for (let i = 0; i < 3; ++i) {
          for (const twin of [plain, mine]) twin.step(valuesFor(shapes, 10 + i));
          const gradients = mine.variables.map((variable, v) => ({
            name: variable.name,
            tensor: tf.tensor(randomValues(variable.size, v), variable.shape),
          }));
          // The first and the last of the weights share their buffers, so that room is needed; there is some for the first.
          const shared = [0, 2].map((v) => tf.reshape(mine.variables[v], [-1]));
          const held = mine.tensors;
          const ids = held.map(({ dataId }) => dataId);
          const before = { ...tf.memory(), inBackend: tf.backend().numDataIds() };
          const firstBytes = wasm.HEAPU8.slice(0, 64);
          wasm._malloc = (bytes) => (bytes === 16 ? 0 : _malloc(bytes)); // what it returns when the heap cannot grow
          let message = 'nothing';
          try {
            mine.optimizer.applyGradients(gradients);
          } catch (error) {
            ({ message } = error);
          } finally {
            wasm._malloc = _malloc;
          }
          assert.match(
            message,
            /wasm backend has no memory left for a tensor of shape \[4\] \(16 bytes\)\. Dispose tensors/,
          );
          assert.equal(
            held.map(({ dataId }) => dataId),
            ids,
          );
          assert.equal({ ...tf.memory(), inBackend: tf.backend().numDataIds() }, before);
          assert.equal(wasm.HEAPU8.slice(0, 64), firstBytes);
          assertTwins(mine, plain, 'after the error');
          tf.dispose(shared);
        }
        for (const twin of [plain, mine]) twin.dispose();
      });

      testWith(
        key,
        backend,
        test,
      )(`${key}: where no state needs room, it steps`, () => {
        const shapes = [[2, 3], [5]];
        const [plain, mine] = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(shapes, 1));
        for (const twin of [plain, mine]) twin.step(valuesFor(shapes, 10));
        const { wasm } = tf.backend();
        const { _malloc } = wasm;
        const gradients = mine.variables.map((variable, v) => ({
          name: variable.name,
          tensor: tf.tensor(randomValues(variable.size, 1100 + v), variable.shape),
        }));
        const before = { ...tf.memory(), inBackend: tf.backend().numDataIds() };
        wasm._malloc = () => 0;
        try {
          mine.optimizer.applyGradients(gradients);
        } finally {
          wasm._malloc = _malloc;
        }
        assert.equal({ ...tf.memory(), inBackend: tf.backend().numDataIds() }, before);
        plain.step(valuesFor(shapes, 11));
        assertTwins(mine, plain, 'after the step');
        for (const twin of [plain, mine]) twin.dispose();
      });
    }
  },
  ['wasm'],
);
