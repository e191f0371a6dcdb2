/**
 * The calls that a user may make with either class: each command makes one on the package and on the model, and
 * compares all that there is.
 */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { assertSameBits } from '../reference.js';
import { tf } from '../tf.js';
import { alpha, k, pick, seed, specialValuesFor, valuesFor, which } from './arbitraries.js';
import { inScope } from './in-scope.js';
import { setRate } from './model.js';
import { assertNear, exactBackends, visitedBackends } from './world.js';

/**
 * @param args an arbitrary for each argument.
 * @param run gets the model, the world and the arguments.
 * @param isPossible gets the model and the arguments.
 */
export const command = (name, args, run, isPossible = () => true) =>
  fc.record(args).map((values) => ({
    check: (model) => isPossible(model, values),
    run: async (model, world) => {
      await run(model, world, values);
      world.assertSame(model);
    },
    toString: () => `${name}(${fc.stringify(values)})`,
  }));

/**
 * Disposes a variable of the user's: as its owner does, or as `tf.disposeVariables()` does, which takes the slow weight
 * too and leaves `isDisposed` false.
 */
export function letGo({ variables, subject }, i, isTaken) {
  if (!isTaken) {
    variables[i].dispose();
    return;
  }
  const slow = subject.slowWeights[subject.variables.indexOf(variables[i])];
  for (const variable of [variables[i], slow]) if (variable) tf.engine().disposeVariable(variable);
}

/** Inside a tidy or not. */
export const inTidy = fc.boolean();
export const maybeTidy = (tidies, fn) => (tidies ? tf.tidy(() => void fn()) : void fn());

/** The inner step, or anything else that gives a variable a new value. */
export function assign(model, world, i, values) {
  const variable = world.variables[i];
  tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)));
  model.setFast(i, values);
}

const waysToHold = {
  clone: (tensor) => ({ tensor: tensor.clone() }),
  reshape: (tensor) => ({ tensor: tf.reshape(tensor, [tensor.size, 1]) }),
  cast: (tensor) => ({ tensor: tf.cast(tensor, 'float32') }),
  variable: (tensor) => ({ tensor: tf.variable(tensor, false) }),
  'assigned variable': (tensor) => {
    const variable = tf.tidy(() => tf.variable(tf.zerosLike(tensor), false));
    variable.assign(tensor);
    return { tensor: variable };
  },
  array: (tensor) => ({ array: tensor.dataSync() }),
};

export const way = fc.constantFrom(...Object.keys(waysToHold));

export function hold(world, { tensor, values }, way) {
  world.held.push({ ...waysToHold[way](tensor), values });
}

/** The ops whose weights the wasm backend keeps in a layout of its own, and what they compute with. */
const uses = {
  1: (w) => {
    const x = tf.tensor(valuesFor([2, w.size], 1), [2, w.size]);
    return [tf.prelu(x, w), tf.fused.matMul({ a: x, b: tf.ones([w.size, w.size]), bias: w, activation: 'relu' })];
  },
  2: (w) => {
    const x = tf.tensor(valuesFor([2, w.shape[0]], 2), [2, w.shape[0]]);
    return [tf.matMul(x, w), tf.fused.matMul({ a: x, b: w, activation: 'relu' })];
  },
  4: (w) => {
    const x = tf.tensor(valuesFor([4, w.shape[2]], 3), [1, 2, 2, w.shape[2]]);
    return [tf.conv2d(x, w, 1, 'same'), tf.fused.conv2d({ x, filter: w, strides: 1, pad: 'same', activation: 'relu' })];
  },
};

/** Ops compute the same with a weight as with a new tensor of its values. */
function assertUsable(tensor, values, assertSame = assertSameBits) {
  if (!uses[tensor.rank] || tensor.size === 0 || tensor.size > 1000) return;
  const compute = (weight) => uses[weight.rank](weight).map((result) => result.dataSync().slice());
  tf.tidy(() => {
    const [actual, expected] = [tensor, tf.tensor(values.slice(), tensor.shape)].map(compute);
    for (const [i, result] of actual.entries()) assertSame(result, expected[i], 'an op on a weight');
  });
}

export function useAll(model, world) {
  for (const { tensor, values } of world.weights(model)) assertUsable(tensor, values);
}

/**
 * A command that goes to a GPU, takes steps there, uses the weights, and comes back.
 *
 * @param step takes a step. Not with an outer optimizer: on a GPU that takes a weight that has not moved for one that
 * has.
 */
export const visitGPU = (step) => ({
  weight: visitedBackends.length > 0 ? 4 : 0,
  arbitrary: command(
    'visitGPU',
    { steps: fc.nat(5), seed, number: which, way },
    async (model, world, { steps, seed, number, way }) => {
      const before = tf.getBackend();
      const [visited] = visitedBackends;
      await tf.setBackend(visited);
      hold(world, pick(world.weights(model), number), way);
      for (let i = 0; i < (model.outer || model.isWaiting ? 0 : steps); ++i) {
        step(model, world, seed + 10 * i);
        world.adoptBits(model);
      }
      for (const { tensor, values } of world.weights(model)) assertUsable(tensor, values, assertNear);
      await tf.setBackend(before);
    },
  ),
});

const boom = new Error('boom');

const endings = {
  returns: () => 'result',
  throws: () => {
    throw boom;
  },
  resolves: () => Promise.resolve('result'),
  'resolves late': () => new Promise((resolve) => setTimeout(resolve, 0, 'result')),
  rejects: () => Promise.reject(boom),
};

/** The result of a call, or of its promise; the error, if there is one. */
async function outcome(call) {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

/** Both do something, or both throw. The message of the package then contains that of the model. */
export function assertSameOutcome(act, actOfModel) {
  const [actual, expected] = [act, actOfModel].map((fn) => {
    try {
      fn();
      return null;
    } catch (error) {
      return error;
    }
  });
  if (!expected) {
    if (actual) throw actual;
    return;
  }
  assert.match(String(actual?.message), refusal);
  assert.ok(actual.message.includes(expected.message), `'${actual.message}', expected '${expected.message}'`);
}

/** The actions that are possible while the variables hold the slow weights; `inside` is what the variables must be. */
const insides = {
  use: (inside, world) => useAll(inside, world),
  hold: (inside, world, { number, way }) => hold(world, pick(world.weights(inside), number), way),
  write(inside, world, { number, seed }) {
    const i = number % world.variables.length;
    inside.fast[i] = valuesFor(inside.shapes[i], seed);
    const variable = world.variables[i];
    tf.tidy(() => variable.assign(tf.tensor(inside.fast[i].slice(), variable.shape)));
  },
  switch: (_inside, _world, { number }) => {
    tf.setBackend(pick(exactBackends, number)); // does it at once, for both are initialized
  },
  refuse: (_inside, world, { number }) => {
    tf.tidy(() => assert.throws(() => pick(world.refusedInside(), number)(), /inside withSlowWeights/));
  },
};

const actions = fc.array(fc.record({ action: fc.constantFrom(...Object.keys(insides)), number: which, seed, way }), {
  maxLength: 4,
});

async function withSlowWeights(model, world, { ending, before, after }) {
  const isAsync = ['resolves', 'resolves late', 'rejects'].includes(ending);
  const inside = { ...model, fast: [...model.fast] };
  const act = (list) => {
    for (const { action, ...args } of list) {
      insides[action](inside, world, args);
      for (const { tensor, values } of world.weights(inside)) assertSameBits(tensor.dataSync(), values, 'inside');
    }
  };
  const fn = () => {
    model.met.forEach((i, j) => {
      inside.fast[i] = model.slow[j];
    });
    act(before);
    if (!isAsync) return endings[ending]();
    return Promise.resolve().then(() => {
      act(after);
      return endings[ending]();
    });
  };
  const failed = ['throws', 'rejects'].includes(ending);
  const result = await outcome(() => world.subject.withSlowWeights(fn));
  if (model.isWaiting) assert.match(result.message, /wait for their variables/);
  else if (result !== (failed ? boom : 'result')) throw result;
  // Variables that are not looked ahead stay as they were left.
  inside.fast.forEach((values, i) => {
    if (!model.isWaiting && !model.met.includes(i)) model.setFast(i, values);
  });
}

function disposedVariable() {
  const variable = tf.variable(tf.scalar(1));
  variable.dispose();
  return variable;
}

function withVariable(initial, fn) {
  const variable = tf.variable(initial);
  try {
    return fn(variable);
  } finally {
    variable.dispose();
  }
}

/** How the package begins its messages, so that no mistake in a test passes for a refusal. */
export const refusal = /^lookahead/i;

/** Calls that both classes refuse. */
export const badCalls = {
  'k of 0': ({ subject }) => {
    subject.k = 0;
  },
  'k of 1.5': ({ subject }) => {
    subject.k = 1.5;
  },
  'k of NaN': ({ subject }) => {
    subject.k = Number.NaN;
  },
  "k of '5'": ({ subject }) => {
    subject.k = '5';
  },
  'alpha of 1.01': ({ subject }) => {
    subject.alpha = 1.01;
  },
  'alpha of -0.01': ({ subject }) => {
    subject.alpha = -0.01;
  },
  'alpha of NaN': ({ subject }) => {
    subject.alpha = Number.NaN;
  },
  'withSlowWeights of no function': ({ subject }) => subject.withSlowWeights(5),
  'add of no list': ({ subject }) => subject.add(5),
  'add of a tensor': ({ subject }) => subject.add([tf.scalar(1)]),
  'add of a disposed variable': ({ subject }) => subject.add([disposedVariable()]),
  'add of an int32 variable': ({ subject }) => withVariable(tf.scalar(1, 'int32'), (bad) => subject.add([bad])),
  'add of a new variable and a tensor': ({ subject }) =>
    withVariable(tf.scalar(1), (good) => subject.add([good, tf.scalar(1)])),
};

/** @param calls by name: each gets the world, and throws or returns a promise that is rejected. */
export const refused = (calls) =>
  command('refused', { call: fc.constantFrom(...Object.keys(calls)) }, (_model, world, { call }) =>
    inScope(async () => {
      const error = await outcome(() => calls[call](world));
      assert.match(String(error?.message), refusal, `${call} is refused`);
    }),
  );

/** Each with how often it comes, compared with the others. */
export const commonCommands = [
  {
    weight: 4,
    arbitrary: command(
      'assign',
      { number: which, seed, isSpecial: fc.boolean() },
      (model, world, { number, ...args }) => {
        const i = number % world.variables.length;
        const values = (args.isSpecial ? specialValuesFor : valuesFor)(model.shapes[i], args.seed);
        assign(model, world, i, values);
      },
    ),
  },
  {
    // Another weight, slow or fast, or a tensor of the user's: they share a buffer then.
    weight: 3,
    arbitrary: command('assignShared', { number: which, from: which }, (model, world, { number, from }) => {
      const i = number % world.variables.length;
      const target = world.variables[i];
      const others = [...world.weights(model), ...world.held].filter(
        ({ tensor }) =>
          tensor && tensor !== target && tensor.dtype === target.dtype && String(tensor.shape) === String(target.shape),
      );
      if (others.length === 0) return;
      const { tensor, values } = pick(others, from);
      target.assign(tensor);
      model.setFast(i, values);
    }),
  },
  {
    weight: 6,
    arbitrary: command('hold', { number: which, way }, (model, world, { number, way }) => {
      hold(world, pick(world.weights(model), number), way);
    }),
  },
  {
    weight: 3,
    arbitrary: command('release', { number: which }, (_model, world, { number }) => {
      const free = world.held.filter(({ isSaved }) => !isSaved);
      if (free.length === 0) return;
      const released = pick(free, number);
      tf.dispose(released.tensor ?? []);
      world.held = world.held.filter((held) => held !== released);
    }),
  },
  { weight: 5, arbitrary: command('use', {}, useAll) },
  {
    weight: 2,
    arbitrary: command('setK', { k }, (model, world, { k }) => {
      world.subject.k = model.k = k;
    }),
  },
  {
    weight: 3,
    arbitrary: command('setAlpha', { alpha }, (model, world, { alpha }) => {
      const set = () => {
        world.subject.alpha = alpha;
      };
      if (model.outer) assert.throws(set, refusal);
      else {
        set();
        model.alpha = alpha;
      }
    }),
  },
  {
    weight: 1,
    arbitrary: command(
      'setOuterRate',
      { rate: fc.constantFrom(0.7, 0.3, 0) },
      (model, { subject }, { rate }) => {
        for (const { outer } of [subject, model]) setRate(outer, rate);
      },
      (model) => model.outer !== null,
    ),
  },
  {
    weight: 2,
    arbitrary: command('flush', { inTidy }, (model, world, { inTidy }) => {
      const flush = () => maybeTidy(inTidy, () => world.subject.flush());
      if (model.isWaiting) {
        assert.throws(flush, /wait for their variables/);
        return;
      }
      assertSameOutcome(flush, () => model.merge());
    }),
  },
  {
    weight: 1,
    arbitrary: command('adopt', { inTidy }, (model, world, { inTidy }) => {
      const adopt = () => maybeTidy(inTidy, () => world.subject.adopt());
      if (model.isWaiting) {
        assert.throws(adopt, /wait for their variables/);
        return;
      }
      assertSameOutcome(adopt, () => model.adopt());
    }),
  },
  {
    weight: 4,
    arbitrary: command(
      'withSlowWeights',
      { ending: fc.constantFrom(...Object.keys(endings)), before: actions, after: actions },
      withSlowWeights,
    ),
  },
  {
    weight: exactBackends.length > 1 ? 3 : 0,
    arbitrary: command(
      'switchBackend',
      { backend: fc.constantFrom('cpu', 'wasm') },
      async (_model, _world, { backend }) => {
        await tf.setBackend(backend);
      },
    ),
  },
];
