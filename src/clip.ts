/** Clipping of gradients, as Keras has it. */
import {
  add,
  addN,
  backend,
  clipByValue,
  div,
  keep,
  maximum,
  mul,
  type NamedTensorMap,
  type Optimizer,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe } from './checks.js';
import { type Gradients, namesOf, tensorsOf } from './gradients.js';
import { sumOfSquares, sumOfSquaresRule } from './rules/sum-of-squares.js';
import { activeBackend, isOnGPU, runnerOn, type Scales } from './update.js';

/**
 * How gradients are clipped before a step: one of these, or none.
 *
 * @example
 * const clipping: Clipping = { globalClipNorm: 1 };
 */
export interface Clipping {
  /**
   * Scales all gradients by one number, so that the norm of all together is at most this: above 0. Where a gradient is NaN
   * or infinite, all become NaN, as in Keras.
   */
  globalClipNorm?: number;
  /** Scales each gradient, so that its own norm is at most this: above 0. One that is NaN or infinite becomes NaN. */
  clipNorm?: number;
  /** Clips every element to this size: above 0. An infinity too, while NaN stays. */
  clipValue?: number;
}

export const clippingKeys = ['globalClipNorm', 'clipNorm', 'clipValue'] as const;

/** What is left of a config that says how to clip. */
export const clippingOf = (config: Clipping): Clipping =>
  Object.fromEntries(clippingKeys.flatMap((kind) => (config[kind] === undefined ? [] : [[kind, config[kind]]])));

/** @throws Error unless at most one is given, and is above 0. */
export function checkClipping(where: string, config: Clipping): void {
  const given = clippingKeys.filter((kind) => config[kind] !== undefined);
  for (const kind of given) {
    const value: unknown = config[kind];
    if (Number.isFinite(value) && (value as number) > 0) continue;
    throw new Error(
      `${where}: '${kind}' is ${describe(value)}, but must be a finite number above 0. Leave it out to clip nothing.`,
    );
  }
  if (given.length > 1) {
    throw new Error(
      `${where}: there are both '${given[0]}' and '${given[1]}', but gradients are clipped in one way. Leave one out.`,
    );
  }
}

/** Of optimizers that multiply gradients within their step, for the time of a step. */
const pending = new WeakMap<Optimizer, Scales>();

/** What the optimizer has to multiply the gradients of this step by. */
export const scalesFor = (optimizer: Optimizer): Scales | undefined => pending.get(optimizer);

/** @param scales are {@link scalesFor} the optimizer while `step` runs. */
export function withScales<T>(optimizer: Optimizer, scales: Scales | undefined, step: () => T): T {
  if (!scales) return step();
  pending.set(optimizer, scales);
  try {
    return step();
  } finally {
    pending.delete(optimizer);
  }
}

/**
 * A step with clipped gradients. Those that were given stay as they are.
 *
 * @param multiplies whether `step` can multiply them.
 * @param step gets new gradients or, if it can, those that were given and what they are to be multiplied by.
 */
export function stepClipped<T>(
  clipping: Clipping,
  gradients: Gradients,
  multiplies: boolean,
  step: (gradients: Gradients, scales?: Scales) => T,
): T {
  const { clipValue } = clipping;
  if (clippingKeys.every((kind) => clipping[kind] === undefined)) return step(gradients);
  if (clipValue !== undefined) {
    return stepWith(
      gradients,
      (gradient) => clipByValue(gradient, -clipValue, clipValue),
      (given) => step(given),
    );
  }
  const { scales, dispose } = scalesOf(clipping, tensorsOf(gradients));
  try {
    return multiplies ? step(gradients, scales) : stepScaled(gradients, scales, step);
  } finally {
    dispose();
  }
}

/** A step with new gradients, multiplied. */
export const stepScaled = <T>(gradients: Gradients, scales: Scales, step: (gradients: Gradients) => T): T =>
  stepWith(
    gradients,
    (gradient, i) => mul(gradient, scales(i)),
    (given) => step(given),
  );

function stepWith<T>(
  gradients: Gradients,
  change: (gradient: Tensor, i: number) => Tensor,
  step: (gradients: Gradients) => T,
): T {
  const names = namesOf(gradients);
  const changed: (Tensor | null | undefined)[] = [];
  try {
    for (const [i, gradient] of tensorsOf(gradients).entries()) changed.push(gradient && change(gradient, i));
    return step(
      Array.isArray(gradients)
        ? names.map((name, i) => ({ name, tensor: changed[i] as Tensor }))
        : (Object.fromEntries(names.map((name, i) => [name, changed[i]])) as NamedTensorMap),
    );
  } finally {
    for (const each of changed) each?.dispose();
  }
}

/**
 * What each gradient is multiplied by: numbers where values can be read, else tensors, without a wait.
 *
 * @returns them, and what disposes them.
 */
function scalesOf(
  { globalClipNorm, clipNorm }: Clipping,
  gradients: readonly (Tensor | null | undefined)[],
): { scales: Scales; dispose: () => void } {
  const limit = (globalClipNorm ?? clipNorm) as number;
  const isGlobal = globalClipNorm !== undefined;
  if (!isOnGPU()) {
    const sumOf =
      runnerOn(activeBackend(), backend(), sumOfSquaresRule)?.ask ??
      ((gradient: Tensor) => sumOfSquares(gradient.dataSync<'float32'>()));
    const sums = gradients.map((gradient) => (gradient ? sumOf(gradient) : 0));
    const scaleOf = (sumOfSquares: number) => {
      const norm = Math.sqrt(sumOfSquares);
      return Number.isFinite(norm) ? limit / Math.max(norm, limit) : Number.NaN;
    };
    const total = scaleOf(sums.reduce((a, b) => a + b, 0));
    return { scales: (i) => (isGlobal ? total : scaleOf(sums[i] as number)), dispose() {} };
  }
  const made: (Tensor | null)[] = [];
  tidy(() => {
    const sums = gradients.map((gradient) => (gradient && gradient.size > 0 ? sum(square(gradient)) : null));
    const present = sums.filter((each) => each !== null);
    const scaleOf = (sumOfSquares: Tensor) => {
      const norm = sqrt(sumOfSquares);
      // The last term is 0, or NaN where the norm is NaN or infinite.
      return keep(add(div(limit, maximum(norm, limit)), sub(norm, norm)));
    };
    const total = isGlobal && present.length > 0 ? scaleOf(addN(present)) : null;
    for (const each of sums) made.push(total ?? (each && scaleOf(each)));
  });
  return {
    scales: (i) => made[i] ?? 1,
    dispose() {
      for (const each of new Set(made)) each?.dispose();
    },
  };
}
