import { ownBesideOps } from './package-optimizers.js';
import { isExact } from './reference.js';
import { tf } from './tf.js';
import { tfjsLacks } from './tfjs-lacks.js';

/** Disposes a Lookahead of either class, and what tfjs leaves of the optimizers in it: a scalar of Momentum. */
export function disposeWithInner(lookahead) {
  const { inner, outer } = lookahead;
  lookahead.dispose();
  for (const each of [inner, outer]) if (each?.getClassName() === 'Momentum') each.c.dispose();
}

/** A Lookahead, the optimizers in it, and those in them. */
export const allIn = (optimizer) => [
  optimizer,
  ...[optimizer.inner, optimizer.outer].flatMap((each) => (each ? allIn(each) : [])),
];

/** The variables of its slots. */
export const slotsIn = (optimizer) =>
  Object.values(optimizer).flatMap((value) =>
    Array.isArray(value) ? value.flatMap((slot) => slot?.variable ?? []) : [],
  );

/** Runs `fn`, then disposes the slots of all optimizers that were replaced in it, which the `setWeights` of tfjs leaks. */
export async function withoutReplacedSlots(optimizer, fn) {
  const before = allIn(optimizer).flatMap(slotsIn);
  await fn();
  const after = new Set(allIn(optimizer).flatMap(slotsIn));
  for (const slot of before) if (!after.has(slot) && !slot.isDisposed) slot.dispose();
}

/** Every optimizer of tfjs, in every variant of its method. */
export const tfjsOptimizers = {
  SGD: () => tf.train.sgd(0.05),
  Momentum: () => tf.train.momentum(0.05, 0.9),
  'Momentum, Nesterov': () => tf.train.momentum(0.05, 0.9, true),
  RMSProp: () => tf.train.rmsprop(0.01),
  'RMSProp with momentum': () => tf.train.rmsprop(0.01, 0.9, 0.5),
  // tfjs takes the root of the variance minus epsilon: if epsilon is not tiny, all weights become NaN.
  'RMSProp, centered': () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-10, true),
  Adam: () => tf.train.adam(0.01),
  Adamax: () => tf.train.adamax(0.01, 0.9, 0.999, 1e-7, 0.01),
  Adagrad: () => tf.train.adagrad(0.05),
  Adadelta: () => tf.train.adadelta(0.5),
};

/** Those, and the package's own. */
export const innerOptimizers = {
  ...tfjsOptimizers,
  ...Object.fromEntries(Object.entries(ownBesideOps).map(([name, { make }]) => [name, make])),
};

/**
 * All of them, or, on a GPU, where a step takes long, one of each kind: fused-gpu.test.js has the rule of every one,
 * and the code around the rule is the same.
 */
export const optimizersOn = (backend, all = innerOptimizers) =>
  isExact(backend) ? all : Object.fromEntries(['Momentum, Nesterov', 'Adam', 'AdamW'].map((name) => [name, all[name]]));

/** `test`, or `test.skip` where tfjs itself cannot run this optimizer on this backend. */
export const testWith = (name, backend, test) => (tfjsLacks(`${name} on ${backend}`) ? test.skip : test);
