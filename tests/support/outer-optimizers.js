/** Lookaheads of both classes with an outer optimizer, and the same in plain JavaScript. */
import { fused, Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add } from './backends.js';
import { assertSameBits, isExact } from './reference.js';
import { rules, stepAll } from './steps.js';
import { tf } from './tf.js';

/** A power of a float32, as Adam multiplies it up. */
const power = (base, exponent) => {
  let result = Math.fround(base);
  for (let i = 1; i < exponent; ++i) result = Math.fround(result * Math.fround(base));
  return result;
};

/**
 * The optimizers of the slow weights: how each is made, its rule in steps.js, and the scalars of its step after so many
 * merges.
 */
export const outerOptimizers = {
  SGD: { make: () => tf.train.sgd(0.7), rule: rules.sgd, scalars: () => [-0.7] },
  'heavy ball': { make: () => tf.train.momentum(0.5, 0.9), rule: rules.momentum, scalars: () => [0.9, -0.5] },
  Nesterov: {
    make: () => tf.train.momentum(0.7, 0.9, true),
    rule: rules['momentum-nesterov'],
    scalars: () => [0.9, -0.7],
  },
  Adam: {
    make: () => tf.train.adam(0.1, 0.9, 0.999, 1e-7),
    rule: rules.adam,
    scalars: (merges) => [0.9, 1 - 0.9, 0.999, 1 - 0.999, power(0.9, merges + 1), power(0.999, merges + 1), 1e-7, -0.1],
  },
};

/** The slow weights and their optimizer, in plain JavaScript. */
export class OuterReference {
  #outer;
  #merges = 0;
  #held = [];

  constructor(name, weights) {
    this.#outer = outerOptimizers[name];
    this.slow = weights.map((values) => Float32Array.from(values));
  }

  /** Steps the slow weights; a weight that is new starts without a state. */
  merge(fast) {
    const { rule, scalars } = this.#outer;
    this.slow = this.slow.map((slow, i) => {
      this.#held[i] ??= Array.from({ length: rule.states - 1 }, () => new Float32Array(slow.length));
      const gradient = slow.map((s, j) => Math.fround(s - fast[i][j]));
      const states = stepAll(rule, [...this.#held[i], slow], gradient, scalars(this.#merges));
      this.#held[i] = states.slice(0, -1);
      return states.at(-1);
    });
    ++this.#merges;
  }
}

/** Disposes either kind, and what tfjs leaves of an optimizer: a scalar of Momentum. */
export function disposeWithOuter(lookahead) {
  lookahead.dispose();
  for (const optimizer of [lookahead.inner, lookahead.outer]) {
    if (optimizer?.getClassName?.() === 'Momentum') optimizer.c.dispose();
    if (optimizer?.inner) disposeWithOuter(optimizer);
  }
}

/**
 * Either class over the same fast steps, each of which adds to variables what the test says. `step` gets a variable's
 * values to add, or null for one that this step leaves out.
 */
export const bothClasses = {
  Lookahead: (variables, config) => onVariables(variables, config),
  'Lookahead, its outer optimizer fused': (variables, { outer, ...config }) =>
    onVariables(variables, { ...config, ...(outer && { outer: fused(outer) }) }),
  'lookahead()': (variables, config) => {
    const subject = lookahead(tf.train.sgd(1), config);
    subject.add(variables);
    return {
      subject,
      add: (more) => subject.add(more),
      step(deltas) {
        tf.tidy(() =>
          subject.applyGradients(
            subject.variables.flatMap((w, i) =>
              deltas[i]
                ? [
                    {
                      name: w.name,
                      tensor: tf.tensor(
                        deltas[i].map((d) => -d),
                        w.shape,
                        'float32',
                      ),
                    },
                  ]
                : [],
            ),
          ),
        );
      },
      dispose: () => disposeWithOuter(subject),
    };
  },
};

function onVariables(variables, config) {
  const subject = new Lookahead(variables, config);
  return {
    subject,
    add: (more) => subject.add(more),
    step(deltas) {
      for (const [i, w] of subject.variables.entries()) if (deltas[i]) add(w, deltas[i]);
      return subject.sync();
    },
    dispose: () => disposeWithOuter(subject),
  };
}

/** Bit by bit, or on a GPU to some ulp of what a few steps have added up. */
export function assertValues(backend, actual, expected, message) {
  assert.is(actual.length, expected.length, message);
  for (const [i, values] of actual.entries()) {
    if (isExact(backend)) {
      assertSameBits(values, expected[i], `${message}: weight ${i}`);
      continue;
    }
    for (const [j, value] of values.entries()) {
      const error = Math.abs(value - expected[i][j]);
      if (!(error <= 2e-5 * Math.max(1, Math.abs(expected[i][j])))) {
        assert.unreachable(`${message}: weight ${i}[${j}] off by ${error}`);
      }
    }
  }
}
