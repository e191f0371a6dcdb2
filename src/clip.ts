/** Clipping of gradients, as Keras has it. */
import {
  add,
  addN,
  cast,
  clipByValue,
  div,
  keep,
  maximum,
  minimum,
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
import { mistake, refuse } from './base/errors.js';
import { type Gradients, namesOf, tensorsOf } from './base/gradients.js';
import type { Setting } from './base/settings-table.js';
import type { Scalar } from './update/backends/backend.js';
import { sumOfSquares, sumOfSquaresRule } from './update/rules/sum-of-squares.js';
import { activeBackend, activeRunner, isOnGPU } from './update/update.js';

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

/** The settings as they are in use: null for those that do not clip. */
export type ClippingSettings = { readonly [Kind in keyof Clipping]-?: number | null };

const clipSetting: Setting = {
  byDefault: null,
  check(name, value) {
    if (Number.isFinite(value) && (value as number) > 0) return;
    refuse(name, value, 'a finite number above 0', 'Leave it out to clip nothing.', typeof value === 'number');
  },
};

/** Their part of a table of settings. */
export const clipSettings = { globalClipNorm: clipSetting, clipNorm: clipSetting, clipValue: clipSetting };

/** The settings that clip, without those that do not. */
export const clippingOf = (settings: ClippingSettings): Clipping =>
  Object.fromEntries(Object.entries(settings).filter(([name, value]) => name in clipSettings && value !== null));

/** @throws Error if gradients are to be clipped in more than one way. */
export function checkClipping(settings: ClippingSettings): void {
  const [first, second] = Object.keys(clippingOf(settings));
  if (second)
    throw mistake(`there are both '${first}' and '${second}', but gradients are clipped in one way. Leave one out.`);
}

/** The scale of each gradient, by which it is multiplied. */
export type Scales = (i: number) => Scalar;

/** By the optimizer, for the time of its step: of those that multiply gradients within it. */
const pending = new WeakMap<Optimizer, Scales>();

/** The numbers by which the optimizer has to multiply the gradients of this step. */
export const scalesFor = (optimizer: Optimizer): Scales | undefined => pending.get(optimizer);

/** Runs a step, during which {@link scalesFor} gives the optimizer these scales. */
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
 * @param clipping as {@link clippingOf} returns it.
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
  if (Object.keys(clipping).length === 0) return step(gradients);
  if (tensorsOf(gradients).some((gradient) => gradient && gradient.dtype !== 'float32')) {
    const clip = (floats: Gradients) => stepClipped(clipping, floats, multiplies, step);
    return stepWith(gradients, (gradient) => cast(gradient, 'float32'), clip);
  }
  if (clipValue !== undefined) return stepWith(gradients, (gradient) => clippedByValue(gradient, clipValue), step);
  const { scales, dispose } = scalesOf(clipping, tensorsOf(gradients));
  try {
    return multiplies ? step(gradients, scales) : stepScaled(gradients, scales, step);
  } finally {
    dispose();
  }
}

/** A step with new gradients, multiplied. */
export const stepScaled = <T>(gradients: Gradients, scales: Scales, step: (gradients: Gradients) => T): T =>
  stepWith(gradients, (gradient, i) => mul(gradient, scales(i)), step);

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

/** On `wasm`, `clipByValue` of tfjs makes -limit of NaN. `maximum` and `minimum` take longer, and there NaN has to come first. */
function clippedByValue(gradient: Tensor, limit: number): Tensor {
  const isSafe = activeBackend() !== 'wasm' || Number.isFinite(sumOfSquaresIn(gradient));
  if (isSafe) return clipByValue(gradient, -limit, limit);
  return tidy(() => minimum(maximum(gradient, -limit), limit));
}

/** On a backend whose values can be read. */
function sumOfSquaresIn(gradient: Tensor): number {
  return activeRunner(sumOfSquaresRule)?.ask?.(gradient) ?? sumOfSquares(gradient.dataSync<'float32'>());
}

/**
 * The scale of each gradient: a number where values can be read, else a tensor, without a wait.
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
    const sums = gradients.map((gradient) => (gradient ? sumOfSquaresIn(gradient) : 0));
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
