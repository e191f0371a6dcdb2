/** Fused steps on a GPU: tfjs's own to a few ulp, one program a state, nothing read back, textures of both kinds. */
import { fused, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { onEachBackend } from './support/backends.js';
import { countCalls, dispatches, isPacked, onGPU, unpacked } from './support/gpu.js';
import { innerOptimizers, optimizersOn } from './support/inner-optimizers.js';
import { randomValues, ulp } from './support/reference.js';
import { tf } from './support/tf.js';
import { makerOf, newTwins } from './support/twins.js';

/** Measured on SwiftShader: 0, on both backends. Other GPUs may contract, divide and take roots less exactly. */
const ULPS = 4;

const keys = Object.keys(innerOptimizers);
const shapes = [[], [7], [2, 3, 3, 5], [0], [131, 127], [1, 2, 1, 2, 3, 3]];
const valuesFor = (seed) => shapes.map((shape, i) => randomValues(tf.util.sizeFromShape(shape), 100 * seed + i));

/** The values of all tensors that a twin holds, by name. */
async function valuesOf({ held }) {
  const tensors = Object.entries(held).filter(([, value]) => value instanceof tf.Tensor);
  return Object.fromEntries(
    await Promise.all(tensors.map(async ([name, tensor]) => [name, (await tensor.data()).slice()])),
  );
}

/**
 * Compares in units of the last place of the largest value that takes part: the one before, the one after, or the
 * change.
 */
function assertClose(actual, expected, before, message) {
  assert.is(actual.length, expected.length, message);
  for (const [i, value] of expected.entries()) {
    if (actual[i] === value) continue;
    const former = before?.[i] ?? 0;
    const error =
      Math.abs(actual[i] - value) / ulp(Math.max(Math.abs(value), Math.abs(former), Math.abs(value - former)));
    if (!(error <= ULPS)) {
      assert.unreachable(`${message}: element ${i} is ${actual[i]}, expected ${value}: ${error} ulp`);
    }
  }
}

function setValues({ held }, values) {
  tf.tidy(() => {
    for (const [name, tensor] of Object.entries(held)) {
      if (!(tensor instanceof tf.Variable) || !values[name]) continue;
      tensor.assign(tf.tensor(tensor.rank === 0 ? values[name][0] : values[name], tensor.shape, 'float32'));
    }
  });
}

onEachBackend(
  'fused steps on a GPU',
  (test, backend) => {
    for (const key of keys) {
      test(`${key}: each step is that of tfjs, to ${ULPS} ulp`, async () => {
        const [plain, mine] = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(1));
        assert.is(stepPath(mine.optimizer), backend);
        // RAdam rectifies from the sixth step on.
        for (let i = 0; i < 7; ++i) {
          if (i === 5) for (const twin of [plain, mine]) twin.learningRate = 0.003;
          const before = await valuesOf(mine);
          setValues(plain, before);
          const gradients = valuesFor(10 + i);
          if (i % 4 === 3) gradients[i % 3] = null;
          const changes = [plain, mine].map((twin) => twin.step(gradients, i % 2 === 1)[0]);
          assert.is(changes[1], changes[0], 'tensors');
          const [theirs, ours] = [await valuesOf(plain), await valuesOf(mine)];
          assert.equal(Object.keys(ours), Object.keys(theirs));
          for (const [name, values] of Object.entries(theirs)) {
            assert.ok(values.every(Number.isFinite), 'finite');
            assertClose(ours[name], values, before[name], `step ${i}, ${name}`);
          }
        }
        for (const twin of [plain, mine]) twin.dispose();
      });
    }

    test('one program a state, and nothing is read back', () =>
      onGPU(async () => {
        const ofThree = Object.fromEntries(
          ['RMSProp', 'Adam', 'Adamax', 'Adadelta', 'AdamW', 'RAdam', 'NAdam'].map((key) => [key, 3]),
        );
        const states = { ...ofThree, SGD: 1, 'RMSProp, centered': 4 };
        for (const key of keys) {
          const [twin] = newTwins([makerOf(key, fused)], shapes, valuesFor(1));
          twin.step(valuesFor(2));
          const counters = { Adam: 2, Adamax: 2 }[key] ?? 0;
          for (let i = 0; i < 3; ++i) {
            const one = tf.scalar(1);
            const gradients = twin.variables.map(({ name, shape }, v) => {
              const values = valuesFor(3 + i)[v];
              return { name, tensor: tf.mul(tf.tensor(shape.length ? values : values[0], shape), one) };
            });
            const step = () => twin.optimizer.applyGradients(gradients);
            const reads = ['readSync', 'read', 'readToGPU'].reduce(
              (fn, method) => () => {
                let inner;
                const calls = countCalls(tf.backend(), method, () => {
                  inner = fn();
                });
                return inner + calls;
              },
              () => {
                const count = dispatches[backend](step);
                // The first step may have to convert what was uploaded in the other layout; one shape is empty.
                if (i > 0) {
                  const expected = (shapes.length - 1) * (states[key] ?? states[key.split(/ with/)[0]] ?? 2) + counters;
                  assert.is(count, expected, `${key}: programs`);
                }
                return 0;
              },
            );
            assert.is(reads(), 0, key);
          }
          twin.dispose();
        }
      }));
  },
  ['webgl', 'webgpu'],
);

onEachBackend(
  'fused steps on WebGL',
  (test) => {
    test('packed and unpacked textures in every combination', () =>
      onGPU(async () => {
        const one = tf.scalar(1);
        const make = {
          packed: (t) => tf.mul(t, one),
          unpacked: (t) => unpacked(() => tf.mul(t, one)),
          'not uploaded': (t) => t,
        };
        for (const [k, key] of keys.entries()) {
          const [plain, mine] = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(1));
          for (const twin of [plain, mine]) twin.step(valuesFor(2));
          for (const [s, [stateKind, makeState]] of Object.entries(make).entries()) {
            for (const [g, [gradientKind, makeGradient]] of Object.entries(make).entries()) {
              // A Latin square: each rule meets every kind of either, and each combination meets three rules or four.
              if ((s + g + k) % 3 !== 0) continue;
              const before = await valuesOf(mine);
              setValues(plain, before);
              setValues(mine, before);
              tf.tidy(() => {
                if (stateKind !== 'not uploaded') {
                  for (const state of mine.tensors) if (state instanceof tf.Variable) state.assign(makeState(state));
                }
                for (const { optimizer, variables } of [plain, mine]) {
                  const gradients = variables.map(({ name, shape }, v) => {
                    const values = valuesFor(3)[v];
                    return { name, tensor: makeGradient(tf.tensor(shape.length ? values : values[0], shape)) };
                  });
                  if (gradientKind !== 'not uploaded')
                    assert.is(isPacked(gradients[4].tensor), gradientKind === 'packed');
                  optimizer.applyGradients(gradients);
                }
              });
              const [theirs, ours] = [await valuesOf(plain), await valuesOf(mine)];
              for (const [name, values] of Object.entries(theirs)) {
                const kinds = `${stateKind} states, ${gradientKind} gradients`;
                assertClose(ours[name], values, before[name], `${key}, ${kinds}: ${name}`);
              }
            }
          }
          for (const twin of [plain, mine]) twin.dispose();
        }
      }));

    test('a lost context is an error that says so, and changes nothing', async () => {
      for (const key of Object.keys(optimizersOn('webgl'))) {
        const [plain, mine] = newTwins([makerOf(key), makerOf(key, fused)], shapes, valuesFor(1));
        for (const twin of [plain, mine]) twin.step(valuesFor(2));
        const before = await valuesOf(mine);
        const { numTensors } = tf.memory();
        const { gl } = tf.backend().gpgpu;
        const isContextLost = gl.isContextLost;
        gl.isContextLost = () => true; // losing it for real would take the tensors of all other tests with it
        try {
          assert.throws(() => mine.step(valuesFor(3)), /WebGL context was lost.*Start again/);
        } finally {
          gl.isContextLost = isContextLost;
        }
        assert.is(tf.memory().numTensors, numTensors);
        assert.is(mine.optimizer.iterations, 1);
        assert.equal(await valuesOf(mine), before);
        for (const twin of [plain, mine]) twin.step(valuesFor(3));
        const [theirs, ours] = [await valuesOf(plain), await valuesOf(mine)];
        for (const [name, values] of Object.entries(theirs))
          assertClose(ours[name], values, before[name], `${key}: ${name}`);
        for (const twin of [plain, mine]) twin.dispose();
      }
    });
  },
  ['webgl'],
);
