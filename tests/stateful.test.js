/**
 * Random sequences of calls, each compared with a model in plain JavaScript: all values to the last bit, all counters, all
 * tensors and buffers, after every call.
 *
 * - `FUZZ_RUNS`: how many sequences a test runs, instead of thousands in one host and a tenth in the others.
 * - `FUZZ_SEED`: an integer. The same seed gives the same sequences; one that fails prints its seed, and the shortest
 *   sequence that fails. Without it, and with `FUZZ_RUNS`, they differ each time.
 *
 *     FUZZ_RUNS=100000 node tests/stateful.test.js
 */
import * as fc from 'fast-check';
import { aPartOf } from './support/amounts.js';
import { onEachBackend } from './support/backends.js';
import { innerOptimizers } from './support/inner-optimizers.js';
import { ownOptimizers } from './support/package-optimizers.js';
import * as arbitraries from './support/stateful/arbitraries.js';
import { lookaheadCommands } from './support/stateful/lookahead-commands.js';
import { LookaheadModel, OptimizerModel } from './support/stateful/model.js';
import { optimizerCommands } from './support/stateful/optimizer-commands.js';
import { exactBackends, LookaheadWorld, OptimizerWorld, visitedBackends } from './support/stateful/world.js';
import { tf } from './support/tf.js';

const { FUZZ_RUNS, FUZZ_SEED } = globalThis.process?.env ?? {};

const runs = (many) => Number(FUZZ_RUNS ?? aPartOf(many));

const variables = fc.array(fc.record({ shape: arbitraries.shape, seed: arbitraries.seed }), {
  minLength: 1,
  maxLength: 4,
});

/** A pullback takes alpha. Any change of the momentum at a merge takes a restart. */
const withoutContradiction = ({ makeOuter, restart, ...config }) => ({
  ...config,
  makeOuter: config.pullbackMomentum === 'pullback' ? null : makeOuter,
  restart: restart || config.pullbackMomentum !== 'none',
});

onEachBackend(
  'stateful',
  (test, backend) => {
    // All sequences go through both backends, so that others are worth more than the same ones from another start.
    const seed = Number(FUZZ_SEED ?? (FUZZ_RUNS ? Date.now() : 1 + exactBackends.indexOf(backend)));

    /** @param config an arbitrary for what the class takes. */
    const check = (Model, World, config, commands, numRuns) =>
      fc.assert(
        fc.asyncProperty(
          config,
          variables,
          fc.boolean(),
          fc.commands([fc.oneof(...commands)], { maxCommands: 25, size: 'max' }),
          async (config, variables, subjectLast, sequence) => {
            for (const name of [...exactBackends, ...visitedBackends, backend]) await tf.setBackend(name);
            const world = new World();
            tf.engine().startScope();
            try {
              const model = new Model(config);
              for (const { shape, seed } of variables) {
                const values = arbitraries.valuesFor(shape, seed);
                world.addVariable(shape, values);
                model.addVariable(shape, values);
              }
              model.start();
              world.start(model);
              world.assertSame(model);
              await fc.asyncModelRun(() => ({ model, real: world }), sequence);
              world.dispose(model, subjectLast);
              world.assertNothingLeft();
            } finally {
              world.clear();
              tf.engine().endScope();
            }
          },
        ),
        { numRuns, seed, includeErrorInReport: true },
      );

    const { k, alpha, makeOuter, restart } = arbitraries;
    const ofBoth = { k, alpha, makeOuter, restart };

    test('Lookahead', () => check(LookaheadModel, LookaheadWorld, fc.record(ofBoth), lookaheadCommands, runs(750)));

    const nonFinite = fc.constantFrom('propagate', 'throw', 'restore');
    const all = ['none', 'reset', 'pullback'];
    const own = Object.fromEntries(Object.keys(ownOptimizers).map((name) => [name, all]));
    const pullbacks = { SGD: ['none'], Momentum: all, Adam: all, ...own };
    for (const [name, choices] of Object.entries(pullbacks)) {
      const inner = fc.constant(innerOptimizers[name]);
      const pullbackMomentum = fc.constantFrom(...choices);
      const config = fc.record({ ...ofBoth, inner, pullbackMomentum, nonFinite }).map(withoutContradiction);
      test(`LookaheadOptimizer around ${name}`, () =>
        check(OptimizerModel, OptimizerWorld, config, optimizerCommands, runs(150)));
    }
  },
  exactBackends,
);
