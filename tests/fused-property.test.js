/** Random training: fused steps and merges beside tfjs's own optimizer and the equations of a merge. */
import * as fc from 'fast-check';
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { aPartOf } from './support/amounts.js';
import { onEachBackend } from './support/backends.js';
import { innerOptimizers, testWith } from './support/inner-optimizers.js';
import { assertSameBits, merge, mixedValues, randomValues } from './support/reference.js';
import { backends, tf } from './support/tf.js';
import { makerOf, newTwins, Twin } from './support/twins.js';

const exact = ['cpu', 'wasm'].filter((backend) => backends.includes(backend));
const sizeOf = tf.util.sizeFromShape;

const shape = fc.oneof(
  { weight: 5, arbitrary: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom([16384], [16385], [129, 130]) },
);

/** The actions that may come next in a training. */
const action = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('step'),
      seed: fc.nat(1000),
      nulls: fc.nat(31),
      asMap: fc.boolean(),
      special: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rate'), rate: fc.constantFrom(0.1, 0.01, 1e-4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('hold'), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('backend'), which: fc.nat(1) }) },
);

/** The slow weights as arrays, and the steps so far since a merge. */
class ReferenceOfMerges {
  slow = [];
  steps = 0;

  constructor(variables, k, alpha) {
    Object.assign(this, { variables, k, alpha });
    this.slow = variables.map((variable) => variable.dataSync().slice());
  }

  step() {
    if (++this.steps === this.k) this.merge();
  }

  merge() {
    this.steps = 0;
    tf.tidy(() => {
      for (const [v, variable] of this.variables.entries()) {
        this.slow[v] = merge(this.slow[v], variable.dataSync(), this.alpha);
        const values = variable.rank === 0 ? this.slow[v][0] : this.slow[v].slice();
        variable.assign(tf.tensor(values, variable.shape, 'float32'));
      }
    });
  }
}

onEachBackend(
  'fused steps, random',
  (test, backend) => {
    for (const key of Object.keys(innerOptimizers)) {
      // The sequences go through all backends of the host.
      testWith(
        key,
        'wasm',
        test,
      )(`property: ${key} in lookahead is tfjs's ${key} with merges between its steps`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(shape, { minLength: 1, maxLength: 4 }),
            fc.integer({ min: 1, max: 4 }),
            fc.constantFrom(0, 0.3, 0.5, 1),
            fc.array(action, { minLength: 1, maxLength: 14 }),
            async (shapes, k, alpha, actions) => {
              const values = shapes.map((each, i) => randomValues(sizeOf(each), i));
              const makers = [makerOf(key), makerOf(key, (inner) => lookahead(inner, { k, alpha }))];
              const [plain, wrapped] = newTwins(makers, shapes, values);
              const reference = new ReferenceOfMerges(plain.variables, k, alpha);
              // The state of tfjs's optimizer is compared with that of the inner one.
              const inner = new Twin(wrapped.optimizer.inner);
              inner.variables = wrapped.variables;
              const names = wrapped.variables.map(({ name }) => name);
              let stepped = false;
              let held = [];
              for (const { kind, seed, nulls, asMap, special, rate, which } of actions) {
                if (kind === 'step') {
                  const make = special ? mixedValues : randomValues;
                  const gradients = shapes.map((each, v) => (nulls & (1 << v) ? null : make(sizeOf(each), seed + v)));
                  // Before the first of its steps a weight is not known; then all are.
                  if (!stepped) for (const v of shapes.keys()) gradients[v] ??= randomValues(sizeOf(shapes[v]), v);
                  stepped = true;
                  for (const twin of [plain, wrapped]) twin.step(gradients, asMap);
                  reference.step();
                } else if (kind === 'flush' && stepped) {
                  wrapped.optimizer.flush();
                  reference.merge();
                } else if (kind === 'rate') for (const twin of [plain, wrapped]) twin.learningRate = rate;
                else if (kind === 'hold') {
                  const all = [...inner.tensors, ...wrapped.optimizer.slowWeights];
                  const tensor = all[which % all.length];
                  held.push([tf.reshape(tensor, [-1]), tensor.dataSync(), tensor.dataSync().slice()]);
                } else if (kind === 'release') {
                  for (const [reshape] of held) reshape.dispose();
                  held = [];
                } else if (kind === 'backend') await tf.setBackend(exact[which % exact.length]);

                for (const [reshape, array, copy] of held) {
                  assertSameBits(reshape.dataSync(), copy, 'what shares a buffer');
                  assertSameBits(array, copy, 'an array');
                }
                for (const [v, variable] of plain.variables.entries()) {
                  assertSameBits(wrapped.variables[v].dataSync(), variable.dataSync(), `${kind}: variable ${v}`);
                  if (!stepped) continue;
                  const slow =
                    wrapped.optimizer.slowWeights[
                      wrapped.optimizer.variables.findIndex(({ name }) => name === names[v])
                    ];
                  assertSameBits(slow.dataSync(), reference.slow[v], `${kind}: slow weight ${v}`);
                }
                const slots = (twin) => twin.tensors.slice(shapes.length).map((tensor) => tensor.dataSync());
                const [mine, theirs] = [slots(inner), slots(plain)];
                assert.is(mine.length, theirs.length);
                for (const [s, slot] of theirs.entries()) assertSameBits(mine[s], slot, `${kind}: slot ${s}`);
              }
              for (const [reshape] of held) reshape.dispose();
              await tf.setBackend(backend);
              plain.dispose();
              wrapped.optimizer.dispose();
              if (wrapped.optimizer.inner.getClassName() === 'Momentum') wrapped.optimizer.inner.c.dispose();
              for (const twin of [plain, wrapped]) for (const variable of twin.variables) variable.dispose();
            },
          ),
          { seed: 7, numRuns: aPartOf(25) },
        );
      });
    }
  },
  ['cpu', 'wasm'],
);
