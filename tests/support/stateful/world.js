/**
 * The things that a user of the package has in hand during a sequence of commands, and how they are compared with the
 * model.
 */
import { fused, Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { disposeWithInner } from '../inner-optimizers.js';
import { assertSameBits } from '../reference.js';
import { backends, tf } from '../tf.js';
import { innerState, setRate } from './model.js';

/** The backends that a sequence switches between: those that must give the same bits and can be read synchronously. */
export const exactBackends = backends.filter((backend) => ['cpu', 'wasm'].includes(backend));

/** Those that a sequence visits: they can be read synchronously, but may differ in the last bits. */
export const visitedBackends = backends.filter((backend) => backend === 'webgl');

/** Equal up to what tfjs and a fused step, or two orders of a sum, may differ by on a GPU. */
export function assertNear(actual, expected, message) {
  assert.is(actual.length, expected.length, message);
  expected.forEach((value, i) => {
    if (Object.is(actual[i], value) || (Number.isNaN(actual[i]) && Number.isNaN(value))) return;
    const error = Math.abs(actual[i] - value) / Math.max(1, Math.abs(value));
    assert.ok(error < 1e-4, `${message}: element ${i} is ${actual[i]}, expected ${value}`);
  });
}

function counts() {
  const { numTensors, numDataBuffers } = tf.memory();
  const variables = Object.keys(tf.engine().registeredVariables).length;
  const inBackends = [...exactBackends, ...visitedBackends].reduce(
    (sum, name) => sum + tf.findBackend(name).numDataIds(),
    0,
  );
  return { numTensors, numDataBuffers, variables, inBackends };
}

class World {
  /** The user's variables, those that are not looked ahead included. */
  variables = [];
  /** `{ tensor or array, values }`: a thing that the user has taken, and what it must be for ever. */
  held = [];
  /** For each state that was saved, what is needed to restore it, and what the model makes of that. */
  saves = [];
  /** The Lookahead or the LookaheadOptimizer. */
  subject = null;

  constructor() {
    this.atStart = counts();
    this.variablesAtStart = new Set(Object.values(tf.engine().registeredVariables));
  }

  addVariable(shape, values) {
    this.replaceVariable(this.variables.length, shape, values);
  }

  /**
   * Holds what the variable was made from: tfjs may go on using the caller's array. The name is no number, as tfjs
   * would give, because an object lists such keys in ascending order.
   */
  replaceVariable(i, shape, values) {
    const array = values.slice();
    const initial = tf.tensor(array, shape);
    this.variables[i] = tf.variable(initial, true, `weight${i}`);
    this.held.push({ tensor: initial, values }, { array, values });
  }

  /** Every weight with the value that it must have now. */
  weights(model) {
    const fast = this.variables.map((tensor, i) => ({ tensor, values: model.fast[i], shape: model.shapes[i] }));
    const slow = this.subject.slowWeights.map((tensor, j) => {
      return { tensor, values: model.slow[j], shape: model.shapes[model.met[j]] };
    });
    return [...fast, ...slow];
  }

  /** Pairs of each optimizer in the subject, the outer one first, and that of the model. */
  optimizerPairs(model) {
    return model.outer ? [[this.subject.outer, model.outer]] : [];
  }

  assertSameOptimizers(model) {
    for (const [actual, expected] of this.optimizerPairs(model)) {
      assert.is(actual.iterations, expected.iterations, 'iterations');
      const [ours, theirs] = [actual, expected].map(innerState);
      const name = actual === this.subject.outer ? 'the outer optimizer' : 'the inner optimizer';
      assert.equal([...ours.keys()], [...theirs.keys()], `what ${name} holds`);
      for (const [key, tensor] of ours) {
        assertSameBits(tensor.dataSync(), theirs.get(key).dataSync(), `${key} of ${name}`);
      }
    }
  }

  /** Checks that a step on a backend that is not exact came near the model, which goes on with its values. */
  adoptBits(model) {
    for (const [i, { tensor, values }] of this.weights(model).entries()) {
      const actual = Float32Array.from(tensor.dataSync());
      assertNear(actual, values, `weight ${i}`);
      if (i < this.variables.length) model.setFast(i, actual);
      else model.slow[i - this.variables.length] = actual;
    }
    for (const [actual, expected] of this.optimizerPairs(model)) {
      const theirs = innerState(expected);
      for (const [key, tensor] of innerState(actual)) {
        assertNear(tensor.dataSync(), theirs.get(key).dataSync(), key);
        if (theirs.get(key) instanceof tf.Variable) {
          tf.tidy(() => theirs.get(key).assign(tf.tensor(tensor.dataSync().slice(), tensor.shape)));
        }
      }
    }
    model.adoptMomentum?.();
  }

  newVariables() {
    return Object.values(tf.engine().registeredVariables).filter((variable) => !this.variablesAtStart.has(variable));
  }

  /** The whole state, to the last bit and buffer. */
  assertSame(model) {
    const { subject, variables, held } = this;
    assert.is(subject.k, model.k, 'k');
    assert.ok(Object.is(subject.alpha, model.alpha), `alpha is ${subject.alpha}, expected ${model.alpha}`);
    assert.is(subject.stepsInCycle, model.stepsInCycle, 'stepsInCycle');
    const known = subject.variables.map((variable) => variables.indexOf(variable));
    assert.is(String(known), String(model.met), `looked ahead are ${known}, expected ${model.met}`);
    assert.is(subject.slowWeights.length, known.length, 'slow weights');
    for (const [i, { tensor, values, shape }] of this.weights(model).entries()) {
      const name = i < variables.length ? `fast weight ${i}` : `slow weight ${i - variables.length}`;
      assert.equal(tensor.shape, shape, name);
      assertSameBits(tensor.dataSync(), values, name);
    }
    for (const [i, { tensor, array, values }] of held.entries()) {
      assertSameBits(array ?? Float32Array.from(tensor.dataSync()), values, `held thing ${i}, which must never change`);
    }
    this.assertSameSubject(model);
    this.assertSameOptimizers(model);
    this.assertSameMemory(model);
  }

  /** Every tensor is known, and every buffer is that of a known tensor. */
  assertSameMemory(model) {
    const hidden = model.hidden();
    const variables = this.newVariables();
    const heldTensors = this.held.map(({ tensor }) => tensor).filter(Boolean);
    const ofOptimizers = this.optimizerPairs(model).flat();
    const heldByThem = ofOptimizers.flatMap((optimizer) => [...innerState(optimizer).values()]);
    const known = new Set([...variables, ...heldTensors, ...heldByThem]);
    const countVariables = (tensors) => tensors.filter((tensor) => tensor instanceof tf.Variable).length;
    const expected = this.variables.length + model.met.length + countVariables([...heldTensors, ...heldByThem]);
    this.assertVariables(variables.length, expected + hidden.variables, model);

    const buffers = new Set([...known].map(({ dataId }) => dataId)).size + hidden.tensors;
    this.assertCounts({
      numTensors: known.size + hidden.tensors,
      numDataBuffers: buffers,
      variables: variables.length,
      inBackends: buffers,
    });
  }

  /** Checks how many more there are than before the sequence. */
  assertCounts(expected) {
    for (const [name, count] of Object.entries(counts())) {
      assert.is(
        count - this.atStart[name],
        expected[name],
        `${name}: ${count - this.atStart[name]}, expected ${expected[name]}`,
      );
    }
  }

  assertNothingLeft() {
    this.assertCounts({ numTensors: 0, numDataBuffers: 0, variables: 0, inBackends: 0 });
  }

  /** In any order, because nothing may depend on it. */
  dispose(model, subjectLast) {
    const disposals = [() => this.disposeSubject(), () => tf.dispose(this.variables)];
    for (const dispose of subjectLast ? disposals.reverse() : disposals) dispose();
    tf.dispose(this.held.map(({ tensor }) => tensor ?? []));
    model.dispose();
  }

  /** The leftovers of a failed sequence must not make the next one fail. */
  clear() {
    for (const variable of this.newVariables()) variable.dispose();
  }
}

/** The config that both classes take. */
function configOf({ k, alpha, outer, makeOuter, restart }) {
  if (!outer) return { k, alpha, restart };
  const made = makeOuter();
  setRate(made, outer.learningRate);
  return { k, outer: made, restart };
}

export class LookaheadWorld extends World {
  /** The outer optimizer is fused every other time. */
  start(model) {
    const { outer, ...config } = configOf(model);
    const variables = model.met.map((i) => this.variables[i]);
    this.isFused = !this.isFused;
    this.subject = new Lookahead(variables, {
      ...config,
      ...(outer && { outer: this.isFused ? fused(outer) : outer }),
    });
  }

  refusedInside() {
    const { subject } = this;
    return [
      () => subject.sync(),
      () => subject.flush(),
      () => subject.adopt(),
      () => subject.add([]),
      () => subject.withSlowWeights(() => {}),
      () => subject.setWeights(subject.getWeights()),
      () => subject.dispose(),
    ];
  }

  assertSameSubject(model) {
    assert.is(this.subject.step, model.step, 'step');
  }

  assertVariables(actual, expected) {
    assert.is(actual, expected, 'variables');
  }

  disposeSubject() {
    disposeWithInner(this.subject);
    this.subject.dispose();
    assert.throws(() => this.subject.sync(), /disposed/);
  }
}

export class OptimizerWorld extends World {
  start(model) {
    const { pullbackMomentum, nonFinite, makeInner, learningRate } = model;
    this.subject = lookahead(makeInner(), { ...configOf(model), pullbackMomentum, nonFinite });
    this.subject.learningRate = learningRate;
  }

  refusedInside() {
    const { subject, variables } = this;
    return [
      () => subject.applyGradients({ [variables[0].name]: tf.zerosLike(variables[0]) }),
      () => subject.minimize(() => tf.sum(variables[0]), false, [variables[0]]),
      () => subject.flush(),
      () => subject.adopt(),
      () => subject.add([variables[0]]),
      () => subject.withSlowWeights(() => {}),
      () => subject.dispose(),
    ];
  }

  assertSameSubject(model) {
    assert.is(this.subject.iterations, model.inner.iterations, 'iterations');
    assert.is(this.subject.learningRate, model.learningRate, 'learningRate');
    assert.is(this.subject.restores, model.restores, 'restores');
  }

  optimizerPairs(model) {
    return [...super.optimizerPairs(model), [this.subject.inner, model.inner]];
  }

  assertVariables(actual, others, { twins }) {
    assert.is(actual, others + twins.length, 'variables');
  }

  disposeSubject() {
    disposeWithInner(this.subject);
    this.subject.dispose();
    assert.throws(() => this.subject.flush(), /disposed/);
  }
}
