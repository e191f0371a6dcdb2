/**
 * The steps of tfjs's optimizers in plain JavaScript, one element at a time, with `Math.fround` after every operation:
 * every pass must equal them. Written against tfjs's own optimizers, not against the passes.
 *
 * A rule has the states of a pass and its scalars, both in their order; `step` takes and returns the states as a list.
 * Two functions find both in an optimizer of tfjs before a step: `statesOf` for its variable number 0, and `scalarsOf`
 * as doubles, to be rounded to float32.
 */
import { tf } from './tf.js';

const f = Math.fround;
const add = (a, b) => f(a + b);
const sub = (a, b) => f(a - b);
const mul = (a, b) => f(a * b);
const div = (a, b) => f(a / b);
const sqrt = (a) => f(Math.sqrt(a));
const square = (a) => f(a * a);

const sgd = {
  step: ([w], g, [c]) => [add(mul(c, g), w)],
  statesOf: (_, w) => [w],
  scalarsOf: ({ learningRate }) => [-learningRate],
};

const momentum = {
  step: ([a, w], g, [m, c]) => {
    const newA = add(mul(m, a), g);
    return [newA, add(mul(c, newA), w)];
  },
  statesOf: ({ accumulations }, w) => [accumulations[0].variable, w],
  scalarsOf: (optimizer) => [optimizer.momentum, -optimizer.learningRate],
};

const momentumNesterov = {
  ...momentum,
  step: ([a, w], g, [m, c]) => {
    const newA = add(mul(m, a), g);
    return [newA, add(mul(c, add(g, mul(newA, m))), w)];
  },
};

const rmsprop = {
  step: ([s, a, w], g, [decay, oneMinusDecay, rate, epsilon, m]) => {
    const newS = add(mul(s, decay), mul(square(g), oneMinusDecay));
    const newA = add(mul(a, m), div(mul(g, rate), sqrt(add(newS, epsilon))));
    return [newS, newA, sub(w, newA)];
  },
  statesOf: (o, w) => [o.accumulatedMeanSquares[0].variable, o.accumulatedMoments[0].variable, w],
  scalarsOf: (o) => [o.decay, 1 - o.decay, o.learningRate, o.epsilon, o.momentum],
};

const rmspropCentered = {
  ...rmsprop,
  step: ([s, mean, a, w], g, [decay, oneMinusDecay, rate, epsilon, m]) => {
    const newS = add(mul(s, decay), mul(square(g), oneMinusDecay));
    const newMean = add(mul(mean, decay), mul(g, oneMinusDecay));
    const contribution = div(mul(g, rate), sqrt(sub(newS, add(square(newMean), epsilon))));
    const newA = add(mul(a, m), contribution);
    return [newS, newMean, newA, sub(w, newA)];
  },
  statesOf: (o, w) => [
    o.accumulatedMeanSquares[0].variable,
    o.accumulatedMeanGrads[0].variable,
    o.accumulatedMoments[0].variable,
    w,
  ],
};

const adam = {
  step: ([m, v, w], g, [beta1, oneMinusBeta1, beta2, oneMinusBeta2, accBeta1, accBeta2, epsilon, c]) => {
    const newM = add(mul(m, beta1), mul(g, oneMinusBeta1));
    const newV = add(mul(v, beta2), mul(square(g), oneMinusBeta2));
    const correctedM = div(newM, sub(1, accBeta1));
    const correctedV = div(newV, sub(1, accBeta2));
    return [newM, newV, add(mul(div(correctedM, add(sqrt(correctedV), epsilon)), c), w)];
  },
  statesOf: (o, w) => [o.accumulatedFirstMoment[0].variable, o.accumulatedSecondMoment[0].variable, w],
  scalarsOf: (o) => [
    o.beta1,
    1 - o.beta1,
    o.beta2,
    1 - o.beta2,
    o.accBeta1.dataSync()[0],
    o.accBeta2.dataSync()[0],
    o.epsilon,
    -o.learningRate,
  ],
};

const adamax = {
  step: ([m, v, w], g, [beta1, oneMinusBeta1, beta2, accBeta1, iteration, decay, epsilon, c, maximumOfNaN]) => {
    const newM = add(mul(m, beta1), mul(g, oneMinusBeta1));
    const [ut0, ut1] = [mul(v, beta2), Math.abs(g)];
    const stdMax = ut0 < ut1 ? ut1 : ut0; // what tfjs's wasm backend calls
    const newV = Number.isNaN(maximumOfNaN) ? Math.max(ut0, ut1) : stdMax;
    const lr = div(c, add(mul(iteration, decay), 1));
    return [newM, newV, add(mul(div(lr, sub(1, accBeta1)), div(newM, add(newV, epsilon))), w)];
  },
  statesOf: (o, w) => [o.accumulatedFirstMoment[0].variable, o.accumulatedWeightedInfNorm[0].variable, w],
  scalarsOf: (o) => [
    o.beta1,
    1 - o.beta1,
    o.beta2,
    o.accBeta1.dataSync()[0],
    o.iteration.dataSync()[0],
    o.decay,
    o.epsilon,
    -o.learningRate,
    tf.tidy(() => tf.maximum(0, Number.NaN).dataSync()[0]),
  ],
};

const adagrad = {
  step: ([a, w], g, [epsilon, c]) => {
    const newA = add(a, square(g));
    return [newA, add(mul(div(g, sqrt(add(newA, epsilon))), c), w)];
  },
  statesOf: ({ accumulatedGrads }, w) => [accumulatedGrads[0].variable, w],
  scalarsOf: ({ learningRate }) => [tf.backend().epsilon(), -learningRate],
};

const adadelta = {
  step: ([w, u, a], g, [rho, oneMinusRho, epsilon, c]) => {
    const updates = mul(div(sqrt(add(u, epsilon)), sqrt(add(a, epsilon))), g);
    const newA = add(mul(a, rho), mul(square(g), oneMinusRho));
    const newU = add(mul(u, rho), mul(square(updates), oneMinusRho));
    return [add(mul(updates, c), w), newU, newA];
  },
  statesOf: (o, w) => [w, o.accumulatedUpdates[0].variable, o.accumulatedGrads[0].variable],
  scalarsOf: (o) => [o.rho, 1 - o.rho, o.epsilon, -o.learningRate],
};

/** The moments of an optimizer of the package's own, as adam's. */
const moments = ([m, v], g, [beta1, oneMinusBeta1, beta2, oneMinusBeta2]) => [
  add(mul(m, beta1), mul(g, oneMinusBeta1)),
  add(mul(v, beta2), mul(square(g), oneMinusBeta2)),
];
const decayed = (w, decay) => sub(w, mul(w, decay));

const adamw = {
  step: ([m, v, w], g, scalars) => {
    const [correction1, correction2, epsilon, c, decay] = scalars.slice(4);
    const [newM, newV] = moments([m, v], g, scalars);
    const update = div(div(newM, correction1), add(sqrt(div(newV, correction2)), epsilon));
    return [newM, newV, add(mul(update, c), decayed(w, decay))];
  },
};

const radam = {
  step: ([m, v, w], g, scalars) => {
    const [momentumScale, correction2, isRectified, floor, c, decay] = scalars.slice(4);
    const [newM, newV] = moments([m, v], g, scalars);
    const update = div(mul(newM, momentumScale), add(mul(sqrt(div(newV, correction2)), isRectified), floor));
    return [newM, newV, add(mul(update, c), decayed(w, decay))];
  },
};

const nadam = {
  step: ([m, v, w], g, scalars) => {
    const [nextMomentum, gradientShare, correction2, epsilon, c, decay] = scalars.slice(4);
    const [newM, newV] = moments([m, v], g, scalars);
    const ahead = add(mul(newM, nextMomentum), mul(g, gradientShare));
    return [newM, newV, add(mul(div(ahead, add(sqrt(div(newV, correction2)), epsilon)), c), decayed(w, decay))];
  },
};

const lion = {
  step: ([w, m], g, [beta1, oneMinusBeta1, smallest, c, decay, beta2, oneMinusBeta2]) => {
    const direction = add(mul(m, beta1), mul(g, oneMinusBeta1));
    const sign = div(direction, add(Math.abs(direction), smallest));
    return [add(mul(sign, c), decayed(w, decay)), add(mul(m, beta2), mul(g, oneMinusBeta2))];
  },
};

/** Every step has one more scalar, the last. The gradient is first multiplied by it: by 1 where it is left out. */
const scaled = (each) =>
  Object.fromEntries(
    Object.entries(each).map(([name, rule]) => [
      name,
      {
        ...rule,
        scalars: [...rule.scalars, 0.7],
        scalarsOf: (optimizer) => [...rule.scalarsOf(optimizer), 1],
        step(states, g, scalars) {
          const [scale = 1] = scalars.slice(rule.scalars.length);
          return rule.step(states, mul(g, scale), scalars.slice(0, rule.scalars.length));
        },
      },
    ]),
  );

/** By the file of the pass. `scalars` are usual values, `optimizers` are keys of `innerOptimizers`. */
const stepRules = scaled({
  sgd: { ...sgd, states: 1, scalars: [-0.05], optimizers: ['SGD'] },
  momentum: { ...momentum, states: 2, scalars: [0.9, -0.05], optimizers: ['Momentum'] },
  'momentum-nesterov': { ...momentumNesterov, states: 2, scalars: [0.9, -0.05], optimizers: ['Momentum, Nesterov'] },
  rmsprop: {
    ...rmsprop,
    states: 3,
    scalars: [0.9, 1 - 0.9, 0.01, 1e-7, 0.5],
    optimizers: ['RMSProp', 'RMSProp with momentum'],
  },
  'rmsprop-centered': {
    ...rmspropCentered,
    states: 4,
    scalars: [0.9, 1 - 0.9, 0.01, 1e-10, 0.5],
    optimizers: ['RMSProp, centered'],
  },
  adam: {
    ...adam,
    states: 3,
    scalars: [0.9, 1 - 0.9, 0.999, 1 - 0.999, 0.9 ** 3, 0.999 ** 3, 1e-7, -0.01],
    optimizers: ['Adam'],
  },
  adamax: {
    ...adamax,
    states: 3,
    scalars: [0.9, 1 - 0.9, 0.999, 0.9 ** 3, 2, 0.01, 1e-7, -0.01, Number.NaN],
    optimizers: ['Adamax'],
  },
  adagrad: { ...adagrad, states: 2, scalars: [1e-7, -0.05], optimizers: ['Adagrad'] },
  adadelta: { ...adadelta, states: 3, scalars: [0.95, 1 - 0.95, 1e-7, -0.5], optimizers: ['Adadelta'] },
  adamw: {
    ...adamw,
    states: 3,
    scalars: [0.9, 1 - 0.9, 0.999, 1 - 0.999, 1 - 0.9 ** 3, 1 - 0.999 ** 3, 1e-7, -0.01, 1e-4],
    optimizers: [],
  },
  radam: {
    ...radam,
    states: 3,
    scalars: [0.9, 1 - 0.9, 0.999, 1 - 0.999, 0.3 / (1 - 0.9 ** 3), 1 - 0.999 ** 3, 1, 1e-7, -0.01, 1e-4],
    optimizers: [],
  },
  nadam: {
    ...nadam,
    states: 3,
    scalars: [0.9, 1 - 0.9, 0.999, 1 - 0.999, 0.7, 0.3, 1 - 0.999 ** 3, 1e-7, -0.01, 1e-4],
    optimizers: [],
  },
  lion: { ...lion, states: 2, scalars: [0.9, 1 - 0.9, 2 ** -126, -0.01, 1e-4, 0.99, 1 - 0.99], optimizers: [] },
});

/** A step's counters are updated by a rule of its own, whose input is the counter itself. */
export const rules = {
  ...stepRules,
  counter: {
    step: (_, former, [factor, term]) => [add(mul(former, factor), term)],
    states: 1,
    scalars: [0.9, 0.1],
    optimizers: [],
  },
};

/** The new states of all elements, each a Float32Array. */
export function stepAll({ step }, states, gradient, scalars) {
  const rounded = scalars.map(f);
  const out = states.map(() => new Float32Array(gradient.length));
  for (let i = 0; i < gradient.length; ++i) {
    const values = step(
      states.map((state) => state[i]),
      gradient[i],
      rounded,
    );
    for (const [s, value] of values.entries()) out[s][i] = value;
  }
  return out;
}
