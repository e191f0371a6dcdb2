import { engine, type NamedTensorMap, type Optimizer, type Tensor, util, type Variable } from '@tensorflow/tfjs-core';
import { checkOptimizer, isOptimizer } from './base/checks.js';
import { at } from './base/errors.js';
import { type Gradients, namesOf, tensorsOf } from './base/gradients.js';
import { type Scales, scalesFor, stepScaled } from './clip.js';
import { type OptimizerName, optimizerByName } from './optimizers/by-name.js';
import { declared } from './state/own-optimizers.js';
import { slotOf } from './state/slots.js';
import { heldBy, type Step, stepOf, stepOfClass } from './steps.js';
import type { Path, Scalar } from './update/backends/backend.js';
import { activeBackend, activeRunner, isOnGPU, pathOn, type Update, update } from './update/update.js';

/**
 * The code that computes the step of an optimizer on a backend:
 *
 * - 'wasm-simd': one pass of WebAssembly SIMD over each variable and its slots;
 * - 'webgl', 'webgpu': one program for each state;
 * - 'ops': tfjs's own ops, some ten for each variable.
 *
 * @example
 * const path: StepPath = stepPath(tf.train.adam(1e-3)); // 'ops', because this one is not fused
 */
export type StepPath = Exclude<Path, 'js-loop'> | 'ops';

/** The step of each optimizer that is fused. A program may replace it. */
const fusedSteps = new WeakMap<Optimizer, Optimizer['applyGradients']>();

/**
 * Fuses the step of one of tfjs's optimizers: one pass over each variable and its slots, instead of an op and a tensor
 * for each operation. The numbers stay the same bit for bit on `cpu` and `wasm`, and to a few ulp on a GPU.
 *
 * Class, config, slots and saved weights are as before, so a checkpoint goes from a plain optimizer to a fused one and
 * back. One with an `applyGradients` of its own or of another class, a backend without a pass ({@link stepPath} tells),
 * variables or gradients that are not float32: all these go their own way, as without this. Options that are set later count, and so does an
 * `applyGradients` that is put into the prototype of a class later.
 *
 * @param optimizer a `tf.Optimizer`, or a name, such as 'adam', with the rate that `model.compile` gives it. {@link lookahead}
 * fuses its inner optimizer by itself.
 * @returns the same optimizer, or that of the name.
 * @throws Error if it is no optimizer, or if a name is unknown.
 * @example
 * model.compile({ optimizer: fused(tf.train.adam(1e-3)), loss: 'meanSquaredError' });
 */
export function fused<T extends Optimizer | OptimizerName>(optimizer: T): T extends Optimizer ? T : Optimizer;
export function fused(given: Optimizer | string): Optimizer {
  const optimizer = at('fused', () => {
    const named = typeof given === 'string' ? optimizerByName('optimizer', given) : given;
    checkOptimizer('optimizer', named);
    return named;
  });
  if (optimizer.applyGradients !== stepOfClass(optimizer) || !stepOf(optimizer)) return optimizer;
  const value = function (this: Optimizer, gradients: Gradients) {
    // Asked anew, since options are set, and prototypes patched, in the middle of a training.
    const step = stepOf(this);
    const scales = scalesFor(this);
    if (step && applyFused(this, step, gradients, scales)) return;
    const original = (given: Gradients) => stepOfClass(this).call(this, given as NamedTensorMap);
    if (scales) stepScaled(gradients, scales, original);
    else original(gradients);
  };
  fusedSteps.set(optimizer, value);
  Object.defineProperty(optimizer, 'applyGradients', { configurable: true, writable: true, value });
  return optimizer;
}

/**
 * Tells which code path the step of an optimizer takes on a backend. Use it to find out why a step is slow.
 *
 * @param optimizer a `tf.Optimizer`; of one that {@link lookahead} made, its inner optimizer counts.
 * @param backendName by default the active backend's.
 * @returns one of the paths that {@link StepPath} explains.
 * @throws Error if it is no optimizer, or if no backend of this name is ready.
 * @example
 * await tf.setBackend('wasm');
 * console.log(stepPath(lookahead(tf.train.adam(1e-3)))); // 'wasm-simd'
 */
export function stepPath(optimizer: Optimizer, backendName: string = activeBackend()): StepPath {
  const { inner } = Object(optimizer) as { inner?: unknown };
  if (isOptimizer(inner)) return stepPath(inner, backendName);
  return at('stepPath', () => {
    checkOptimizer('optimizer', optimizer);
    const rule = declared.get(optimizer)?.rule ?? (fusedSteps.has(optimizer) ? stepOf(optimizer)?.rule : undefined);
    return (pathOn(backendName, rule) ?? 'ops') as StepPath;
  });
}

/**
 * Whether its step multiplies the gradients, by what clipping makes of them: one of ours, and no other that a program has put
 * in its place.
 */
export const multiplies = (optimizer: Optimizer): boolean =>
  optimizer.applyGradients === (fusedSteps.get(optimizer) ?? declared.get(optimizer)?.cls.prototype.applyGradients);

/** @returns false, having changed nothing but made slots as tfjs would, where tfjs has to step. */
function applyFused(optimizer: Optimizer, step: Step, gradients: Gradients, scales: Scales | undefined): boolean {
  const runner = activeRunner(step.rule);
  if (!runner) return false;
  const held = heldBy(optimizer);
  const initial = step.initial?.(held) ?? 0;
  const registered = engine().registeredVariables;
  const tensors = tensorsOf(gradients);
  const scalars = step.scalars(held).map(readable);
  const unscaled = [...scalars, 1];
  const updates: Update[] = [];
  const made: (() => void)[] = [];
  for (const [i, name] of namesOf(gradients).entries()) {
    const [weight, gradient] = [registered[name], tensors[i]];
    if (weight?.dtype !== 'float32') return false;
    const states = step.rule.states.map((state) => {
      const slot = step.slots[state];
      return slot ? slotOf(optimizer, slot, i, weight, initial, made) : weight;
    });
    if (!gradient) continue;
    if (![gradient, ...states].every((tensor) => fits(tensor, weight))) return false;
    updates.push({ runner, states, input: gradient, scalars: scales ? [...scalars, scales(i)] : unscaled });
  }
  try {
    update([...updates, ...(step.counters?.(held) ?? [])]);
  } catch (error) {
    // A slot that was made in a full memory has no place there, and would never get one.
    for (const undo of made.reverse()) undo();
    throw error;
  }
  (optimizer as unknown as { incrementIterations(): void }).incrementIterations();
  return true;
}

/** As a number, unless it would have to be fetched from a GPU. */
const readable = (scalar: Scalar): Scalar =>
  typeof scalar === 'number' || isOnGPU() ? scalar : (scalar.dataSync()[0] as number);

const fits = ({ isDisposed, dtype, shape }: Tensor | Variable, weight: Variable): boolean =>
  !isDisposed && dtype === 'float32' && util.arraysEqual(shape, weight.shape);
