import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { disposeWithInner } from '../inner-optimizers.js';
import { assertSameBits } from '../reference.js';
import { withState } from '../saved-lists.js';
import { tf } from '../tf.js';
import { pick, seed, shape, valuesFor, which } from './arbitraries.js';
import {
  assign,
  badCalls,
  command,
  commonCommands,
  inTidy,
  letGo,
  maybeTidy,
  refusal,
  refused,
  useAll,
  visitGPU,
} from './commands.js';

function sync(model, world, inTidy) {
  let merged;
  maybeTidy(inTidy, () => {
    merged = world.subject.sync();
  });
  assert.is(merged, model.advance(), 'whether it merged');
}

/** A copy of the saved list, with another member. */
const changed = ({ subject }, i, tensor) =>
  subject.getWeights().map((weight, j) => (j === i ? { ...weight, tensor } : weight));

/** With another count of steps in all, and of those since the last merge. */
function changedSteps(world, step, stepsInCycle) {
  return withState(world.subject.getWeights(), { step, stepsInCycle });
}

const calls = {
  ...badCalls,
  'add of a known variable': ({ subject }) => subject.add([subject.variables[0]]),
  'setWeights of no list': ({ subject }) => subject.setWeights('weights'),
  'setWeights of too few': ({ subject }) => {
    subject.setWeights(subject.getWeights().slice(0, subject.slowWeights.length));
  },
  'setWeights of another shape': (world) => world.subject.setWeights(changed(world, 0, tf.zeros([2, 2, 2]))),
  'setWeights of another dtype': (world) => {
    const [slow] = world.subject.slowWeights;
    world.subject.setWeights(changed(world, 0, tf.zeros(slow.shape, 'int32')));
  },
  'setWeights of negative steps': (world) => world.subject.setWeights(changedSteps(world, -1, -1)),
  'setWeights of too many steps in the cycle': (world) => world.subject.setWeights(changedSteps(world, 1, 2)),
  'setWeights of a disposed tensor': ({ subject }) => {
    const weights = subject.getWeights();
    weights.at(-1).tensor.dispose();
    subject.setWeights(weights);
  },
};

async function throughBytes(weights) {
  const { data, specs } = await tf.io.encodeWeights(weights);
  tf.dispose(weights);
  return Object.entries(tf.io.decodeWeights(data, specs)).map(([name, tensor]) => ({ name, tensor }));
}

export const lookaheadCommands = [
  ...commonCommands,
  visitGPU((model, world, seed) => {
    for (const i of world.variables.keys()) assign(model, world, i, valuesFor(model.shapes[i], seed + i));
    sync(model, world, false);
  }),
  { weight: 2, arbitrary: refused(calls) },
  {
    weight: 6,
    arbitrary: command('sync', { inTidy }, (model, world, { inTidy }) => sync(model, world, inTidy)),
  },
  {
    // As a training loop does it: each step gives the variable another buffer; ops use the weights now and then.
    weight: 5,
    arbitrary: command(
      'train',
      { steps: fc.integer({ min: 1, max: 6 }), seed, uses: fc.boolean() },
      (model, world, { steps, seed, uses }) => {
        for (let step = 0; step < steps; ++step) {
          for (const i of world.variables.keys()) assign(model, world, i, valuesFor(model.shapes[i], seed + step + i));
          sync(model, world, false);
          if (uses) useAll(model, world);
        }
      },
    ),
  },
  {
    weight: 1,
    arbitrary: command('add', { shape, seed, inTidy }, (model, world, { shape, seed, inTidy }) => {
      const values = valuesFor(shape, seed);
      world.addVariable(shape, values);
      model.addVariable(shape, values);
      maybeTidy(inTidy, () => world.subject.add(world.variables.slice(-1)));
      model.meet([world.variables.length - 1]);
    }),
  },
  {
    weight: 2,
    arbitrary: command('save', { asBytes: fc.boolean() }, async (model, world, { asBytes }) => {
      const saved = model.saved();
      const returned = world.subject.getWeights();
      const weights = asBytes ? await throughBytes(returned) : returned;
      const { step, stepsInCycle, outer } = saved;
      // Every class has its slots first.
      const held = outer
        ? [...outer.slots.map(({ values }) => values), ...outer.singles.map(([, values]) => values)]
        : [];
      const text = weights.at(-1).tensor.dataSync();
      assert.equal(JSON.parse(text[0]), {
        of: `in a loop${outer ? ` with the outer optimizer ${world.subject.outer.getClassName()}` : ''}`,
        ...{ entries: saved.slow.length + held.length, step, stepsInCycle, restores: 0, restoresInARow: 0 },
        ...{ innerIterations: 0, outerIterations: outer?.iterations ?? 0, variables: 0, isOutOfOrder: 0 },
      });
      const values = [...saved.slow, ...held, text];
      assert.is(weights.length, values.length);
      world.held.push(...weights.map(({ tensor }, i) => ({ tensor, values: values[i], isSaved: true })));
      world.saves.push({ weights, saved });
    }),
  },
  {
    weight: 3,
    arbitrary: command(
      'restore',
      { number: which, isNew: fc.boolean(), withFast: fc.boolean(), inTidy },
      (model, world, { number, isNew, withFast, inTidy }) => {
        if (world.saves.length === 0) return;
        const { weights, saved } = pick(world.saves, number);
        const old = world.subject;
        if (isNew) {
          world.start(model);
          model.start();
          disposeWithInner(old);
        }
        const restore = () => maybeTidy(inTidy, () => world.subject.setWeights(weights));
        if (!model.restore(saved)) assert.throws(restore, refusal);
        else {
          restore();
          if (withFast) for (const [i, values] of saved.fast.entries()) assign(model, world, i, values);
        }
      },
    ),
  },
  {
    weight: 1,
    // The slow weights themselves, which are then the only owners of their buffers.
    arbitrary: command('restoreOwn', {}, (_model, { subject }) => {
      tf.tidy(() => {
        const list = subject.getWeights();
        const copies = list.splice(0, subject.slowWeights.length);
        tf.dispose(copies.map(({ tensor }) => tensor));
        subject.setWeights([...subject.slowWeights.map((tensor, i) => ({ name: copies[i].name, tensor })), ...list]);
      });
    }),
  },
  {
    weight: 1,
    arbitrary: command(
      'disposeVariable',
      { number: which, seed, isTaken: fc.boolean() },
      (model, world, { number, seed, isTaken }) => {
        const i = number % world.variables.length;
        letGo(world, i, isTaken);
        const { subject } = world;
        for (const call of [() => subject.sync(), () => subject.flush(), () => subject.withSlowWeights(() => {})]) {
          assert.throws(call, /was disposed; nothing was changed/);
        }
        for (const [j, slow] of subject.slowWeights.entries()) {
          if (!(isTaken && model.met[j] === i)) assertSameBits(slow.dataSync(), model.slow[j], 'refused');
        }
        assert.equal([subject.step, subject.stepsInCycle], [model.step, model.stepsInCycle]);
        world.disposeSubject();
        const values = valuesFor(model.shapes[i], seed);
        world.replaceVariable(i, model.shapes[i], values);
        model.setFast(i, values);
        model.start();
        world.start(model);
      },
    ),
  },
];
