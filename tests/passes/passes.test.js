/**
 * The compiled passes alone, on a memory that is not their own: the reference's bits in the outputs, nothing else touched;
 * and beside tfjs's own optimizers, on its own backends.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from '../support/backends.js';
import { innerOptimizers } from '../support/inner-optimizers.js';
import { assertBare, buildsOf, instantiate } from '../support/pass-binary.js';
import { assertSameBits, mixedValues, randomValues } from '../support/reference.js';
import { rules, stepAll } from '../support/steps.js';
import { tf } from '../support/tf.js';

const floatsAt = (bytes, at, n) => new Float32Array(bytes.slice(at, at + 4 * n).buffer);

/** Runs the pass at the given byte addresses and checks the outputs, and that the bytes around them are as they were. */
function check({ pass, memory }, rule, { outs, states, gradientAt, n, scalars, values }) {
  const bytes = new Uint8Array(memory.buffer);
  const put = (at, floats) => bytes.set(new Uint8Array(floats.buffer), at);
  for (const [s, at] of states.entries()) put(at, values[s]);
  put(gradientAt, values[rule.states]);
  const before = bytes.slice();
  pass(...outs, ...states, gradientAt, n, ...scalars);
  const expected = stepAll(rule, values.slice(0, rule.states), values[rule.states], scalars);
  for (const [s, at] of outs.entries()) {
    assertSameBits(floatsAt(bytes, at, n), expected[s], `state ${s}, n = ${n}`);
    before.set(bytes.subarray(at, at + 4 * n), at);
  }
  assert.is(Buffer.compare(bytes, before), 0, 'bytes outside the outputs');
}

for (const [name, rule] of Object.entries(rules)) {
  for (const build of buildsOf(name)) {
    const test = suite(`pass ${build}.wasm`);
    const mixed = (n, seed) => Array.from({ length: rule.states + 1 }, (_, s) => mixedValues(n, 100 * seed + s));
    // NaN and 0 are adamax's two kinds of maximum.
    const scalarSets = name === 'adamax' ? [rule.scalars, [...rule.scalars.slice(0, -2), 0, 0.7]] : [rule.scalars];

    test('imports a memory, exports one function, has no data, no global, no start function, and is small', () => {
      assertBare(name, build);
    });

    test('the reference for n = 0 to 67, in place and out of place, special values among them', () => {
      const instance = instantiate(name, build, 1);
      for (let n = 0; n <= 67; ++n) {
        for (const scalars of scalarSets) {
          const states = Array.from({ length: rule.states }, (_, s) => 16 + s * 512);
          const [gradientAt, values] = [16 + 8 * 512, mixed(n, n)];
          const apart = states.map((at) => at + 4 * 512);
          check(instance, rule, { outs: states, states, gradientAt, n, scalars, values });
          check(instance, rule, { outs: apart, states, gradientAt, n, scalars, values });
        }
      }
    });

    test('property: any addresses, any special value anywhere, and every byte outside the outputs as it was', () => {
      const instance = instantiate(name, build, 1);
      const ranges = 2 * rule.states + 1;
      fc.assert(
        fc.property(
          fc.nat(200),
          fc.array(fc.nat(64), { minLength: ranges, maxLength: ranges }), // gaps in bytes: nothing need be aligned
          fc.array(fc.boolean(), { minLength: rule.states, maxLength: rule.states }), // in place or not, a state
          fc.constantFrom(...scalarSets),
          fc.nat(1000),
          (n, gaps, inPlace, scalars, seed) => {
            let end = 0;
            const [gradientAt, ...addresses] = gaps.map((gap) => {
              const at = end + gap;
              end = at + 4 * n;
              return at;
            });
            const states = addresses.slice(0, rule.states);
            const outs = states.map((at, s) => (inPlace[s] ? at : addresses[rule.states + s]));
            check(instance, rule, { outs, states, gradientAt, n, scalars, values: mixed(n, seed) });
          },
        ),
        { seed: 3, numRuns: 200 },
      );
    });

    test('a large array', () => {
      const n = 10007;
      const states = Array.from({ length: rule.states }, (_, s) => 4 + s * 65536);
      const gradientAt = 4 + rule.states * 65536;
      const instance = instantiate(name, build, rule.states + 1);
      check(instance, rule, { outs: states, states, gradientAt, n, scalars: rule.scalars, values: mixed(n, 1) });
    });

    test('addresses above 2^31, and up to the last byte of a memory of 4 GiB', () => {
      const { memory, pass } = instantiate(name, build, 65536); // untouched pages take no memory
      for (const n of [1, 3, 4, 16, 19, 67]) {
        const values = mixed(n, n);
        // The gradient, then the states, the weight or another one last in memory.
        const addresses = values.map((_, s) => 2 ** 32 - (s + 1) * 4 * n).reverse();
        const states = addresses.slice(1);
        for (const [s, at] of states.entries()) new Float32Array(memory.buffer, at, n).set(values[s]);
        new Float32Array(memory.buffer, addresses[0], n).set(values[rule.states]);
        pass(...states, ...states, addresses[0], n, ...rule.scalars);
        const expected = stepAll(rule, values.slice(0, rule.states), values[rule.states], rule.scalars);
        for (const [s, at] of states.entries()) {
          assertSameBits(new Float32Array(memory.buffer, at, n).slice(), expected[s], `state ${s}, n = ${n}`);
        }
      }
    });

    test.run();
  }
}

onEachBackend(
  "passes beside tfjs's own optimizers",
  (test) => {
    for (const [name, rule] of Object.entries(rules)) {
      const n = 331;
      const at = (s) => s * 4 * n;

      for (const key of rule.optimizers) {
        test(`${key}: the same bits of weights and states, step after step`, () => {
          const { memory, pass } = instantiate(name, name, 1);
          const mine = (s) => new Float32Array(memory.buffer, at(s), n);
          const variable = newVariable(randomValues(n, 1));
          const optimizer = innerOptimizers[key]();
          const theirs = () => rule.statesOf(optimizer, variable);
          const addresses = Array.from({ length: rule.states }, (_, s) => at(s));

          const step = (gradient, label) => {
            const scalars = rule.scalarsOf(optimizer);
            mine(rule.states).set(gradient);
            pass(...addresses, ...addresses, at(rule.states), n, ...scalars);
            tf.tidy(() => optimizer.applyGradients([{ name: variable.name, tensor: tf.tensor(gradient) }]));
            for (const [s, state] of theirs().entries()) {
              assertSameBits(mine(s).slice(), state.dataSync(), `${label}, state ${s}`);
            }
          };
          const setStates = (values) => {
            for (const [s, state] of theirs().entries()) {
              tf.tidy(() => state.assign(tf.tensor(values(s))));
              mine(s).set(values(s));
            }
          };

          // No gradient: the optimizer makes its states, and changes nothing.
          optimizer.applyGradients([{ name: variable.name, tensor: null }]);
          for (const [s, state] of theirs().entries()) mine(s).set(state.dataSync());

          for (let i = 0; i < 60; ++i) step(randomValues(n, 10 + i), `step ${i}`);
          assert.ok(variable.dataSync().every(Number.isFinite), 'trained, and finite');
          for (let i = 0; i < 20; ++i) step(mixedValues(n, 200 + i), `special step ${i}`);
          for (let i = 0; i < 20; ++i) {
            setStates((s) => mixedValues(n, 1000 + 10 * i + s));
            step(mixedValues(n, 2000 + i), `special states ${i}`);
          }

          optimizer.dispose();
          // tfjs leaves these.
          if (name.startsWith('momentum')) optimizer.c.dispose();
        });
      }
    }
  },
  ['cpu', 'wasm'],
);
