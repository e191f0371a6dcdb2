import type { KernelConfig, Variable } from '@tensorflow/tfjs-core';

/**
 * What computes `lerp` on a backend:
 *
 * - 'wasm-simd': the WebAssembly SIMD kernel;
 * - 'js-loop': a loop in JavaScript, where WebAssembly SIMD cannot be had;
 * - 'webgl', 'webgpu': one program on the GPU;
 * - 'ops': sub, mul, add of tfjs.
 */
export type LerpPath = 'wasm-simd' | 'js-loop' | 'webgl' | 'webgpu' | 'ops';

/**
 * Leaves `start + weight * (end - start)` in the buffer of `start`, if only `owners` tensors refer to it.
 *
 * @returns false, and has changed nothing, if more do.
 */
export type Overwrite = (start: Variable, end: Variable, weight: number, owners: number) => boolean;

export interface LerpKernel extends KernelConfig {
  kernelName: 'Lerp';
  /** What the kernel runs on this backend, which may lack what the fast path needs. */
  path(backend: object): LerpPath;
  /** Null where this backend does not let a buffer be overwritten. */
  overwriteOn?(backend: object): Overwrite | null;
}
