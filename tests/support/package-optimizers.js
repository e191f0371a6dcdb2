/**
 * The package's own optimizers, and their equations in plain JavaScript, in doubles, written against the papers and
 * Keras.
 */
import { adamW, lion, nadam, radam } from 'tfjs-lookahead';
import { tf } from './tf.js';

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];

/** The corrected moments of Adam after `step` steps. */
function moments(state, g, step) {
  state.m = beta1 * (state.m ?? 0) + (1 - beta1) * g;
  state.v = beta2 * (state.v ?? 0) + (1 - beta2) * g * g;
  return [state.m / (1 - beta1 ** step), Math.sqrt(state.v / (1 - beta2 ** step)) + epsilon];
}

/**
 * For each: `make`, which takes a rate and perhaps other settings, and `direction`, which gives the direction of a step
 * for one element. `state` is an object of the caller's, `step` counts from 1.
 */
export const ownOptimizers = {
  AdamW: {
    make: adamW,
    direction(state, g, step) {
      const [m, root] = moments(state, g, step);
      return m / root;
    },
  },
  RAdam: {
    make: radam,
    direction(state, g, step) {
      const [m, root] = moments(state, g, step);
      const most = 2 / (1 - beta2) - 1;
      const length = most - (2 * step * beta2 ** step) / (1 - beta2 ** step);
      if (length < 5) return m;
      return (m * Math.sqrt(((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length))) / root;
    },
  },
  NAdam: {
    make: nadam,
    direction(state, g, step) {
      const momentum = (at) => beta1 * (1 - 0.5 * 0.96 ** at);
      state.product = (state.product ?? 1) * momentum(step);
      moments(state, g, step);
      const ahead =
        (momentum(step + 1) * state.m) / (1 - state.product * momentum(step + 1)) +
        ((1 - momentum(step)) * g) / (1 - state.product);
      return ahead / (Math.sqrt(state.v / (1 - beta2 ** step)) + epsilon);
    },
  },
  Lion: {
    make: lion,
    direction(state, g) {
      const m = state.m ?? 0;
      state.m = 0.99 * m + 0.01 * g;
      return Math.sign(0.9 * m + 0.1 * g);
    },
  },
};

const f = Math.fround;
const decay = 0.1;
const scalars = (optimizer, step) => {
  const powers = [beta1, beta2].map((beta) =>
    Array(step)
      .fill(f(beta))
      .reduce((a, b) => f(a * b), 1),
  );
  return {
    rate: optimizer.learningRate,
    corrections: powers.map((power) => 1 - power),
    epsilon: tf.backend().epsilon(),
  };
};

const { abs, add, div, mul, sqrt, sub } = tf;
const slotsOfAdam = [
  ['accumulatedFirstMoment', 'm'],
  ['accumulatedSecondMoment', 'v'],
];
const newMoments = ([m, v], g) => [
  add(mul(m, beta1), mul(g, 1 - beta1)),
  add(mul(v, beta2), mul(mul(g, g), 1 - beta2)),
];
const moved = (w, direction, rate, weightDecay) => add(mul(direction, -rate), sub(w, mul(w, rate * weightDecay || -0)));

/** Each step in ops of tfjs: the new weight, then the new slots. */
const inOps = {
  AdamW: {
    slots: slotsOfAdam,
    step(w, slots, g, { rate, corrections: [c1, c2], epsilon }) {
      const [m, v] = newMoments(slots, g);
      return [moved(w, div(div(m, c1), add(sqrt(div(v, c2)), epsilon)), rate, decay), m, v];
    },
  },
  RAdam: {
    slots: slotsOfAdam,
    step(w, slots, g, { rate, corrections: [c1, c2], epsilon }, t) {
      const [m, v] = newMoments(slots, g);
      const most = 2 / (1 - beta2) - 1;
      const length = most - (2 * t * beta2 ** t) / (1 - beta2 ** t);
      const r = Math.sqrt((((length - 4) / (most - 4)) * (length - 2) * most) / ((most - 2) * length));
      const [scale, isRectified, floor] = length < 5 ? [1, 0, 1] : [r, 1, epsilon];
      const divisor = add(mul(sqrt(div(v, c2)), isRectified), floor);
      return [moved(w, div(mul(m, scale / c1), divisor), rate, decay), m, v];
    },
  },
  NAdam: {
    slots: slotsOfAdam,
    step(w, slots, g, { rate, corrections: [, c2], epsilon }, t) {
      const [m, v] = newMoments(slots, g);
      const u = (at) => beta1 * (1 - 0.5 * 0.96 ** at);
      const past = Array.from({ length: t }, (_, i) => f(u(i + 1))).reduce((a, b) => f(a * b), 1);
      const ahead = add(mul(m, u(t + 1) / (1 - past * u(t + 1))), mul(g, (1 - u(t)) / (1 - past)));
      return [moved(w, div(ahead, add(sqrt(div(v, c2)), epsilon)), rate, 0), m, v];
    },
  },
  Lion: {
    slots: [['accumulations', 'momentum']],
    step(w, [m], g, { rate }) {
      const direction = add(mul(m, 0.9), mul(g, 1 - 0.9));
      const sign = div(direction, add(abs(direction), 2 ** -126));
      return [moved(w, sign, rate, decay), add(mul(m, 0.99), mul(g, 1 - 0.99))];
    },
  },
};

/** As a user would write one: by position, with the state and the list of the package's own. */
class InOps extends tf.Optimizer {
  #name;
  #count = 0;

  constructor(name, learningRate) {
    super();
    this.#name = name;
    this.learningRate = learningRate;
    Object.defineProperty(this, 'learningRate', { enumerable: false });
    this.steps = tf.tidy(() => tf.scalar(0).variable(false));
    for (const [property] of inOps[name].slots) this[property] = [];
  }

  getClassName() {
    return this.#name;
  }

  applyGradients(given) {
    const listed = Array.isArray(given) ? given : Object.entries(given).map(([name, tensor]) => ({ name, tensor }));
    const { slots, step } = inOps[this.#name];
    const t = ++this.#count;
    tf.tidy(() => {
      for (const [i, { name, tensor }] of listed.entries()) {
        const weight = tf.engine().registeredVariables[name];
        const mine = slots.map(([property, suffix]) => {
          this[property][i] ??= { originalName: `${name}/${suffix}`, variable: tf.zerosLike(weight).variable(false) };
          return this[property][i].variable;
        });
        if (!tensor) continue;
        const values = step(weight, mine, tensor, scalars(this, t), t);
        for (const [s, each] of [weight, ...mine].entries()) each.assign(values[s]);
      }
      this.steps.assign(tf.scalar(t));
    });
    this.incrementIterations();
  }

  get #slots() {
    return inOps[this.#name].slots.flatMap(([property]) => this[property]);
  }

  async getWeights() {
    const slots = this.#slots.map(({ originalName, variable }) => ({ name: originalName, tensor: variable }));
    return [await this.saveIterations(), ...slots, { name: 'steps', tensor: this.steps }];
  }

  async setWeights(list) {
    const rest = (await this.extractIterations(list)).slice(0, -1);
    const kinds = inOps[this.#name].slots;
    const count = rest.length / kinds.length;
    for (const [k, [property]] of kinds.entries()) {
      this[property] = rest
        .slice(k * count, (k + 1) * count)
        .map(({ name, tensor }) => ({ originalName: name, variable: tensor.variable(false) }));
    }
    [this.#count] = await list.at(-1).tensor.data();
    tf.tidy(() => this.steps.assign(tf.scalar(this.#count)));
  }

  dispose() {
    tf.dispose([this.steps, ...this.#slots.map(({ variable }) => variable)]);
  }
}

const settings = {
  AdamW: { weightDecay: decay },
  RAdam: { weightDecay: decay },
  NAdam: {},
  Lion: { weightDecay: decay },
};

/** Each with what it is compared with: `make`, and `inOps`, the same composed of tfjs's ops. */
export const ownBesideOps = Object.fromEntries(
  Object.entries(ownOptimizers).map(([name, { make }]) => [
    name,
    { make: () => make(0.01, settings[name]), inOps: () => new InOps(name, 0.01) },
  ]),
);
