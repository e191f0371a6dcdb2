import {
  add,
  engine,
  type GradConfig,
  getKernel,
  type KernelFunc,
  mul,
  type Rank,
  registerGradient,
  scalar,
  sub,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { checkValue } from './base/checks.js';
import { at, refuse } from './base/errors.js';
import type { Path } from './update/backends/backend.js';
import { lerpRule } from './update/rules/lerp.js';
import { activeBackend, activeRunner, type Follow, kernelName, pathOn, registerOp, update } from './update/update.js';

/**
 * The code that computes {@link lerp} on a backend:
 *
 * - 'wasm-simd': the WebAssembly SIMD kernel;
 * - 'js-loop': a loop in JavaScript, where WebAssembly SIMD is not available;
 * - 'webgl', 'webgpu': one program on the GPU;
 * - 'ops': sub, mul, add of tfjs.
 *
 * @example
 * const path: LerpPath = lerpPath('cpu'); // 'wasm-simd', or 'js-loop' without WebAssembly
 */
export type LerpPath = Path | 'ops';

function composedLerp(start: Tensor, end: Tensor, weight: number): Tensor {
  return tidy(() => add(start, mul(sub(end, start), scalar(weight))));
}

const composed: KernelFunc = ({ inputs, attrs }) => [
  composedLerp(inputs.start as Tensor, inputs.end as Tensor, attrs?.weight as number),
];

const gradFunc: GradConfig['gradFunc'] = (dy, _saved, attrs) => {
  const weight = attrs.weight as number;
  return { start: () => mul(dy as Tensor, 1 - weight), end: () => mul(dy as Tensor, weight) };
};

let isRegistered = false;

function register(): void {
  registerOp(lerpRule, composed);
  registerGradient({ kernelName: kernelName(lerpRule), gradFunc });
  isRegistered = true;
}

/**
 * Linear interpolation, `start + weight * (end - start)`, element by element: a new tensor of the same shape.
 *
 * It runs as one kernel on the backends `cpu` and `wasm` (WebAssembly SIMD), `webgl` and `webgpu` (one program), and as
 * sub, mul, add on any other; {@link lerpPath} tells which. Every operation rounds to float32, so all of these give the
 * same bits, except a GPU, which may differ in the last ones. It is differentiable in `start` and `end`.
 *
 * @param start float32, any shape.
 * @param end float32, the shape of `start`.
 * @param weight a finite number: 0 gives `start`, 1 gives `end` up to rounding, and values outside [0, 1] extrapolate.
 * @returns a new float32 tensor of the shape of `start`.
 * @throws Error if a tensor is not float32 or was disposed, if the shapes differ, or if `weight` is not finite.
 * @example
 * lerp(tf.tensor1d([0, 8]), tf.tensor1d([4, 4]), 0.5).print(); // [2, 6]
 */
export function lerp<R extends Rank>(start: Tensor<R>, end: Tensor<R>, weight: number): Tensor<R> {
  at('lerp', () => checkInputs(start, end, weight));
  if (!isRegistered) register();
  const kernel = kernelName(lerpRule);
  if (!getKernel(kernel, activeBackend())) return composedLerp(start, end, weight) as Tensor<R>;
  const [result] = engine().runKernel(kernel, { start, end }, { weight }) as unknown as [Tensor<R>];
  return result;
}

/**
 * Assigns `lerp(start, end, weight)` to each of the variables `starts`, and then perhaps to its `end`, on the active
 * backend. The buffer of a start is overwritten where nothing shares it, except perhaps its end.
 *
 * @param follow whether and how the ends take the new values; see {@link update}.
 */
export function mergeByLerp(
  starts: readonly Variable[],
  ends: readonly Variable[],
  weight: number,
  follow: Follow,
): void {
  const runner = activeRunner(lerpRule);
  if (runner) {
    const scalars = [weight];
    const updates = starts.map((start, i) => ({ runner, states: [start], input: ends[i] as Variable, scalars }));
    update(updates, follow);
    return;
  }
  starts.forEach((start, i) => {
    const end = ends[i] as Variable;
    const result = composedLerp(start, end, weight);
    start.assign(result);
    if (follow !== 'not') end.assign(result);
    result.dispose();
  });
}

/**
 * Tells which code path {@link lerp}, and thus every merge, takes on a backend. Use it to find out why merges are slow.
 *
 * @param backendName a name that `tf.setBackend` takes; by default the active backend's.
 * @returns one of the paths that {@link LerpPath} explains.
 * @throws Error if no backend of this name is ready.
 * @example
 * await tf.setBackend('wasm');
 * console.log(lerpPath()); // 'wasm-simd'
 */
export function lerpPath(backendName: string = activeBackend()): LerpPath {
  return at('lerpPath', () => pathOn(backendName, lerpRule) ?? 'ops');
}

function checkInputs(start: Tensor, end: Tensor, weight: number): void {
  const remedy = 'Pass two tensors of dtype float32 and one shape: nothing is cast or broadcast.';
  checkValue('start', start, { shape: start?.shape, dtype: 'float32' }, remedy);
  checkValue('end', end, { shape: start.shape, dtype: 'float32' }, remedy);
  if (Number.isFinite(Math.fround(weight)) && typeof weight === 'number') return;
  refuse('weight', weight, 'a number that is finite in float32', '', typeof weight === 'number');
}
