import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { disposeWithInner, withoutReplacedSlots } from '../inner-optimizers.js';
import { tf } from '../tf.js';
import { nonFiniteValue, pick, seed, shape, valuesFor, which } from './arbitraries.js';
import {
  assertSameOutcome,
  assign,
  badCalls,
  command,
  commonCommands,
  hold,
  inTidy,
  letGo,
  maybeTidy,
  refusal,
  refused,
  useAll,
  visitGPU,
  way,
} from './commands.js';
import { inScope } from './in-scope.js';
import { innerState, restoreBare } from './model.js';

/** The ways to make a step; each gets the gradients by the number of their variable, null among them. */
const forms = {
  array: ({ subject, variables }, gradients) => {
    subject.applyGradients([...gradients].map(([i, tensor]) => ({ name: variables[i].name, tensor })));
  },
  map: ({ subject, variables }, gradients) => {
    subject.applyGradients(Object.fromEntries([...gradients].map(([i, tensor]) => [variables[i].name, tensor])));
  },
  /** A loss whose gradients are exactly these. */
  minimize: ({ subject, variables }, gradients) => {
    const connected = [...gradients].filter(([, tensor]) => tensor);
    if (connected.length === 0) return forms.array({ subject, variables }, gradients);
    const listed = [...gradients.keys()].map((i) => variables[i]);
    const loss = () => tf.addN(connected.map(([i, tensor]) => tf.sum(tf.mul(variables[i], tensor))));
    subject.minimize(loss, false, listed);
  },
};
const form = fc.constantFrom(...Object.keys(forms));

function step(model, world, form, gradients) {
  const apply = () =>
    tf.tidy(() => {
      const tensors = [...gradients].map(([i, values]) => [i, values && tf.tensor(values.slice(), model.shapes[i])]);
      forms[form](world, new Map(tensors));
    });
  if (model.matching(model.listedBy(gradients))) assertSameOutcome(apply, () => model.applyGradients(gradients));
  else assert.throws(apply, refusal);
}

/** In any order, any of them, some without a gradient. */
const someGradients = fc.uniqueArray(fc.record({ number: which, seed: fc.option(seed) }), {
  minLength: 1,
  maxLength: 6,
  selector: ({ number }) => number,
});

function gradientsOf(model, list) {
  const count = model.fast.length;
  const gradients = list.map(({ number, seed }) => {
    const i = number % count;
    return [i, seed === null ? null : valuesFor(model.shapes[i], seed)];
  });
  return new Map(gradients);
}

const calls = {
  ...badCalls,
  'learningRate of NaN': ({ subject }) => {
    subject.learningRate = Number.NaN;
  },
  'a gradient of an unknown variable': ({ subject }) => subject.applyGradients({ nobody: tf.scalar(1) }),
  'a gradient of an unknown variable among others': ({ subject, variables }) => {
    const known = variables.map((variable) => ({ name: variable.name, tensor: tf.zerosLike(variable) }));
    subject.applyGradients([...known, { name: 'nobody', tensor: tf.scalar(1) }]);
  },
  'setWeights of no list': ({ subject }) => subject.setWeights('weights'),
  'setWeights of an empty list': ({ subject }) => subject.setWeights([]),
  'setWeights of a disposed tensor': ({ subject }) => {
    const tensor = tf.scalar(1, 'int32');
    tensor.dispose();
    return subject.setWeights([{ name: 'iter', tensor }]);
  },
  'setWeights of a list without iter': ({ subject }) => subject.setWeights([{ name: 'w', tensor: tf.zeros([2]) }]),
};

/**
 * A copy of what `getWeights` lists; the list itself is let go of.
 *
 * @param meanwhile happens before the promise is awaited, or before the list is read.
 */
async function save(optimizer, meanwhile = () => {}) {
  const promise = optimizer.getWeights();
  meanwhile();
  const weights = await promise;
  meanwhile();
  const list = weights.map(({ name, tensor }) => {
    return { name, shape: tensor.shape, dtype: tensor.dtype, values: tensor.dataSync().slice() };
  });
  tf.dispose(weights.map(({ tensor }) => tensor));
  return list;
}

function train(model, world, { steps, form, seed }, afterEach = () => {}) {
  for (let i = 0; i < steps; ++i) {
    step(model, world, form, new Map(model.shapes.map((shape, j) => [j, valuesFor(shape, seed + i + j)])));
    afterEach();
  }
}

/** Gives the list to `setWeights`; its tensors are disposed then. */
async function setWeights(optimizer, list) {
  const weights = list.map(({ name, shape, dtype, values }) => ({
    name,
    tensor: tf.tensor(values.slice(), shape, dtype),
  }));
  await optimizer.setWeights(weights);
  tf.dispose(weights.map(({ tensor }) => tensor));
}

export const optimizerCommands = [
  ...commonCommands,
  visitGPU((model, world, seed) =>
    step(model, world, 'array', new Map(model.shapes.map((shape, j) => [j, valuesFor(shape, seed + j)]))),
  ),
  { weight: 2, arbitrary: refused(calls) },
  {
    weight: 8,
    arbitrary: command('step', { form, list: someGradients }, (model, world, { form, list }) =>
      step(model, world, form, gradientsOf(model, list)),
    ),
  },
  {
    weight: 6,
    arbitrary: command(
      'train',
      { steps: fc.integer({ min: 1, max: 6 }), form, seed, uses: fc.boolean() },
      (model, world, { uses, ...training }) => train(model, world, training, () => uses && useAll(model, world)),
    ),
  },
  {
    weight: 1,
    arbitrary: command('newVariable', { shape, seed }, (model, world, { shape, seed }) => {
      const values = valuesFor(shape, seed);
      world.addVariable(shape, values);
      model.addVariable(shape, values);
    }),
  },
  {
    weight: 2,
    arbitrary: command('add', { list: fc.array(which, { maxLength: 4 }), inTidy }, (model, world, { list, inTidy }) => {
      const numbers = [...new Set(list.map((number) => number % world.variables.length))];
      const add = () => maybeTidy(inTidy, () => world.subject.add(numbers.map((i) => world.variables[i])));
      if (model.list(numbers)) add();
      else assert.throws(add, refusal);
    }),
  },
  {
    weight: 1,
    arbitrary: command('setRate', { rate: fc.constantFrom(0.1, 0.05, 0) }, (model, world, { rate }) => {
      world.subject.learningRate = model.learningRate = rate;
    }),
  },
  {
    // Some weights become NaN or infinite, again and again, each time before a merge, except for once in between. Only
    // where somebody looks: any NaN equals any other, so after a merge they would show nothing any more.
    weight: 3,
    arbitrary: command(
      'spoil',
      {
        numbers: fc.array(which, { minLength: 1, maxLength: 3 }),
        at: which,
        value: nonFiniteValue,
        times: fc.integer({ min: 1, max: 16 }),
        pause: fc.nat(16),
      },
      (model, world, { numbers, at, value, times, pause }) => {
        for (let time = 1; time <= times; ++time) {
          for (const number of time === pause ? [] : numbers) {
            const i = number % world.variables.length;
            const values = model.fast[i].slice();
            if (values.length > 0) values[at % values.length] = value;
            assign(model, world, i, values);
          }
          if (time === times) return; // what comes next meets them
          assertSameOutcome(
            () => world.subject.flush(),
            () => model.merge(),
          );
        }
      },
      (model) => model.nonFinite !== 'propagate' && !model.isWaiting,
    ),
  },
  {
    // A user repairs such weights.
    weight: 2,
    arbitrary: command(
      'repair',
      { seed, adopts: fc.boolean() },
      (model, world, { seed, adopts }) => {
        for (const [i, values] of model.fast.entries()) {
          if (!values.every(Number.isFinite)) assign(model, world, i, valuesFor(model.shapes[i], seed));
        }
        if (!adopts) return;
        assertSameOutcome(
          () => world.subject.adopt(),
          () => model.adopt(),
        );
      },
      (model) => !model.isWaiting && model.fast.some((values) => !values.every(Number.isFinite)),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      'replaceVariable',
      { number: which, seed, isTaken: fc.boolean(), asks: fc.boolean(), inItsPlace: fc.boolean() },
      (model, world, { number, seed, isTaken, asks, inItsPlace }) => {
        const i = number % world.variables.length;
        const isKnown = model.met.includes(i);
        letGo(world, i, isTaken);
        if (asks) world.subject.withSlowWeights(() => {});
        if (!inItsPlace) world.subject.add([]);
        const values = valuesFor(model.shapes[i], seed);
        world.replaceVariable(i, model.shapes[i], values);
        if (inItsPlace && isKnown) world.subject.add([world.variables[i]]);
        model.replaceVariable(i, values, inItsPlace);
      },
      (model) => !model.isWaiting,
    ),
  },
  {
    weight: 2,
    arbitrary: command('save', {}, async (model, world) => {
      world.saves.push({ list: await save(world.subject), saved: model.saved() });
    }),
  },
  {
    // Nobody awaits it: steps and merges go on, before its promise is fulfilled and before the list is read.
    weight: 2,
    arbitrary: command(
      'saveBeside',
      { steps: fc.integer({ min: 0, max: 3 }), form, seed, isTwice: fc.boolean() },
      async (model, world, { isTwice, ...training }) => {
        const saved = model.saved();
        const another = isTwice ? save(world.subject) : null;
        const list = await save(world.subject, () => train(model, world, training));
        if (another) world.saves.push({ list: await another, saved });
        world.saves.push({ list, saved });
      },
    ),
  },
  {
    weight: 3,
    arbitrary: command(
      'restore',
      { number: which, isNew: fc.boolean(), withFast: fc.boolean() },
      async (model, world, { number, isNew, withFast }) => {
        if (world.saves.length === 0) return;
        const { list, saved } = pick(world.saves, number);
        const old = world.subject;
        if (isNew) {
          world.start(model);
          disposeWithInner(old);
        }
        await setWeights(world.subject, list);
        model.restore(saved, isNew);
        if (withFast) for (const [i, values] of saved.fast.entries()) assign(model, world, i, values);
      },
    ),
  },
  {
    // The list that shares the buffers of what it is restored into.
    weight: 1,
    arbitrary: command('restoreOwn', {}, async (model, { subject }) => {
      const list = await subject.getWeights();
      await subject.setWeights(list);
      tf.dispose(list.map(({ tensor }) => tensor));
      model.restore(model.saved(), false);
    }),
  },
  {
    // The list of a bare optimizer, which is the one beneath the model.
    weight: 1,
    arbitrary: command('restoreInner', {}, async (model, world) => {
      const { subject } = world;
      await inScope(() => withoutReplacedSlots(subject, () => restoreBare(subject, model.inner)));
      await model.restoreInner();
      subject.add(model.met.map((i) => world.variables[i]));
    }),
  },
  {
    // The momentum, for instance, which is merged in place as the weights are.
    weight: 2,
    arbitrary: command('holdInner', { number: which, way }, (_model, world, { number, way }) => {
      const tensor = pick([...innerState(world.subject.inner).values()], number);
      hold(world, { tensor, values: tensor.dataSync().slice() }, way);
    }),
  },
];
