/** registerTrainingKernels(): its result, taking it back, and that all else is as it was without it. */
import { lookahead, registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { randomValues } from './support/reference.js';
import { tf } from './support/tf.js';
import { assertSameTensor, withKernels } from './support/training-kernels.js';

/** By name: the configs that are registered for the backend. */
const registry = () => new Map(tf.getKernelsForBackend('wasm').map((config) => [config.kernelName, config]));

const missing = ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput'];

const addressOf = (tensor) => tf.backend().dataIdMap.get(tensor.dataId).memoryOffset;

/** A step of training that goes through copies, products with transposed operands, sums and arithmetic. */
function perceptron(optimizer) {
  const [kernel, bias] = [newVariable(randomValues(60, 1), [12, 5]), newVariable(randomValues(5, 2), [5])];
  const x = tf.tensor(randomValues(96, 3), [8, 12]);
  const loss = () =>
    tf.tidy(() => {
      const out = tf.add(tf.matMul(x, kernel), bias);
      const [left, right] = tf.split(tf.concat([out, tf.tanh(out)], 1), 2, 1);
      return tf.mean(tf.squaredDifference(left, tf.transpose(tf.transpose(right))));
    });
  return { kernel, bias, step: () => optimizer.minimize(loss, false, [kernel, bias]) };
}

onEachBackend(
  'training kernels',
  (test) => {
    test('the names of what was registered; a second call adds nothing; the counterpart puts all back', () => {
      const before = registry();
      const names = registerTrainingKernels();
      const during = registry();
      const again = registerTrainingKernels();
      assert.equal(registry(), during, 'a second call');
      const back = unregisterTrainingKernels();
      const after = registry();
      assert.ok(names.length >= 20 && names.includes('BatchMatMul'), `${names}`);
      for (const name of missing) assert.ok(names.includes(name), name);
      assert.equal(again, []);
      for (const [name, config] of during) assert.is(config !== before.get(name), names.includes(name), name);
      assert.equal(back, names);
      assert.equal([...after.keys()].sort(), [...before.keys()].sort());
      for (const [name, config] of after) assert.is(config, before.get(name), name);
      assert.equal(unregisterTrainingKernels(), [], 'nothing is left to take back');
    });

    test("a kernel that somebody else registers afterwards stays theirs, and another's stays below", () => {
      const own = tf.getKernel('Tile', 'wasm');
      registerTrainingKernels();
      const theirs = { ...own, kernelFunc: (params) => own.kernelFunc(params) };
      tf.unregisterKernel('Tile', 'wasm');
      tf.registerKernel(theirs);
      assert.not(unregisterTrainingKernels().includes('Tile'));
      assert.is(tf.getKernel('Tile', 'wasm'), theirs);
      tf.unregisterKernel('Tile', 'wasm');
      tf.registerKernel(own);
    });

    test('a clone is a share, and neither sees the other go, nor the variable that both came from step', () =>
      withKernels(() => {
        const variable = newVariable([1, 2, 3]);
        const clone = variable.clone();
        const same = tf.cast(clone, 'float32');
        assert.is(clone.dataId, variable.dataId);
        const optimizer = lookahead(tf.train.adam(0.1), { k: 1 });
        for (let i = 0; i < 3; ++i) optimizer.minimize(() => tf.sum(tf.mul(variable, variable)), false, [variable]);
        assert.equal([...clone.dataSync()], [1, 2, 3]);
        clone.dispose();
        assert.equal([...same.dataSync()], [1, 2, 3]);
        assert.not.equal([...variable.dataSync()], [1, 2, 3]);
        optimizer.dispose();
      }));

    test('the right operand of a product may have been one in another shape', () => {
      const values = [1, 2, 3, 4, 5];
      const expected = values.flatMap((a) => values.map((b) => a * b));
      const inRow = {
        transpose: (column) => tf.transpose(column),
        'clone, reshape': (column) => tf.reshape(tf.clone(column), [1, 5]),
        'cast, reshape': (column) => tf.reshape(tf.cast(column, 'float32'), [1, 5]),
        reshape: (column) => tf.reshape(column, [1, 5]), // where tfjs alone goes wrong
      };
      const product = (a, b, activation) => (activation ? tf.fused.matMul({ a, b, activation }) : tf.matMul(a, b));
      for (const [name, rowOf] of Object.entries(inRow)) {
        for (const activation of [undefined, 'linear', 'relu']) {
          for (const isUsedBefore of [true, false]) {
            const [column, ones] = [tf.tensor(values, [5, 1]), tf.ones([3, 5])];
            if (isUsedBefore) product(ones, column, activation);
            withKernels(() => {
              for (let i = 0; i < 2; ++i) {
                assert.equal([...product(ones, column, activation).dataSync()], [15, 15, 15]);
                const outer = product(column, rowOf(column), activation);
                assert.equal([...outer.dataSync()], expected, `${name}, ${activation}`);
              }
            });
          }
        }
      }
      withKernels(() => {
        const row = tf.ones([1, 6]);
        product(tf.ones([3, 1]), row);
        assert.equal([...product(tf.ones([2, 6]), tf.transpose(row)).dataSync()], [6, 6]);
      });
    });

    test('steps and merges overwrite the weights where they are, as without', () =>
      withKernels(() => {
        const optimizer = lookahead(tf.train.adam(0.01), { k: 3 });
        const { kernel, bias, step } = perceptron(optimizer);
        step();
        const addresses = [kernel, bias].map(addressOf);
        for (let i = 0; i < 7; ++i) {
          step();
          assert.equal([kernel, bias].map(addressOf), addresses, `step ${i}`);
        }
        optimizer.dispose();
      }));

    test('the same training, bit for bit', () => {
      const train = () => {
        const optimizer = lookahead(tf.train.adam(0.05), { k: 2 });
        const { kernel, bias, step } = perceptron(optimizer);
        for (let i = 0; i < 9; ++i) step();
        optimizer.dispose();
        return [kernel, bias];
      };
      const plain = train();
      const ours = withKernels(train);
      for (const [i, weight] of ours.entries()) assertSameTensor(weight, plain[i], `weight ${i}`);
    });

    test('a prediction sees the weights that a step has overwritten', () =>
      withKernels(() => {
        const optimizer = lookahead(tf.train.adam(0.05));
        const { kernel, step } = perceptron(optimizer);
        const x = tf.tensor(randomValues(24, 7), [2, 12]);
        for (let i = 0; i < 4; ++i) {
          const before = tf.matMul(x, kernel).dataSync();
          step();
          const after = tf.matMul(x, kernel);
          assert.not.equal([...after.dataSync()], [...before]);
          const byHand = tf.sum(tf.mul(tf.expandDims(x, 2), kernel), 1);
          assert.ok(tf.max(tf.abs(tf.sub(after, byHand))).dataSync()[0] < 1e-5);
        }
        optimizer.dispose();
      }));

    test('nothing outlives a call: tensors, buffers and bytes of the heap over 10,000 calls', () =>
      withKernels(() => {
        const [a, b] = [tf.tensor(randomValues(90, 1), [9, 10]), tf.tensor(randomValues(70, 2), [7, 10])];
        const call = () => tf.tidy(() => tf.transpose(tf.matMul(a, tf.tile(b, [2, 1]), false, true)).dispose());
        for (let i = 0; i < 100; ++i) call();
        const { wasm } = tf.backend();
        const state = () => {
          const address = wasm._malloc(2 ** 20); // from the top of the heap, which what is left over would move
          wasm._free(address);
          const { numTensors, numDataBuffers, numBytes } = tf.memory();
          return [address, wasm.HEAPU8.length, numTensors, numDataBuffers, numBytes, tf.backend().numDataIds()];
        };
        const before = state();
        for (let i = 0; i < 10000; ++i) call();
        assert.equal(state(), before);
      }));

    test('tf.profile sees the same kernels; debug mode checks their values; scopes dispose what they made', async () => {
      const program = () => tf.tidy(() => tf.sum(tf.matMul(tf.ones([2, 3]), tf.ones([4, 3]), false, true)));
      const profiled = async () => {
        const { kernels } = await tf.profile(() => program().dispose());
        return kernels.map(({ name, outputShapes }) => [name, outputShapes]);
      };
      const plain = await profiled();
      const { log, warn } = console;
      registerTrainingKernels();
      try {
        assert.equal(await profiled(), plain);
        const { numTensors } = tf.memory();
        tf.engine().startScope();
        program();
        tf.engine().endScope();
        assert.is(tf.memory().numTensors, numTensors);
        console.log = console.warn = () => {}; // debug mode prints each kernel
        tf.env().set('DEBUG', true);
        assert.is(program().dataSync()[0], 24);
      } finally {
        tf.env().set('DEBUG', false);
        Object.assign(console, { log, warn });
        unregisterTrainingKernels();
      }
    });

    test('each instance of the backend has its own memory: a second one, and one that was removed and made anew', async () => {
      const [a, b] = [randomValues(6, 1), randomValues(6, 2)];
      const product = () =>
        tf.tidy(() => tf.matMul(tf.tensor(a, [2, 3]), tf.tensor(b, [2, 3]), false, true).dataSync());
      const expected = product();
      registerTrainingKernels();
      try {
        tf.registerBackend('wasm-2', tf.findBackendFactory('wasm'));
        tf.copyRegisteredKernels('wasm', 'wasm-2');
        await tf.setBackend('wasm-2');
        assert.equal(product(), expected);
        await tf.setBackend('wasm');
        assert.equal(product(), expected);
        await tf.setBackend('wasm-2');
        assert.equal(product(), expected);
        const rows = tf.backend().wasm.HEAPU8.byteLength / 4; // so that the memory has to grow for each copy
        const sums = tf.tidy(() =>
          tf.unsortedSegmentSum(tf.ones([rows, 1], 'int32'), tf.zeros([rows], 'int32'), 2).dataSync(),
        );
        assert.equal([...sums], [rows, 0]);
        tf.removeBackend('wasm-2');
        for (const { kernelName } of tf.getKernelsForBackend('wasm-2')) tf.unregisterKernel(kernelName, 'wasm-2');
        const factory = tf.findBackendFactory('wasm');
        tf.removeBackend('wasm');
        tf.registerBackend('wasm', factory);
        await tf.setBackend('wasm');
        assert.equal(product(), expected);
        assert.equal([...tf.tidy(() => tf.sqrt(tf.tensor([4, 9])).dataSync())], [2, 3], "tfjs's own are set up anew");
      } finally {
        unregisterTrainingKernels();
      }
      assert.equal(product(), expected);
    });
  },
  ['wasm'],
);
