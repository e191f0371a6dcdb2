import type { KernelConfig } from '@tensorflow/tfjs-core';

/**
 * What computes `lerp` on a backend:
 *
 * - 'wasm-simd': the WebAssembly SIMD kernel;
 * - 'js-loop': a loop in JavaScript, where WebAssembly SIMD cannot be had;
 * - 'webgl', 'webgpu': one program on the GPU;
 * - 'ops': sub, mul, add of tfjs.
 */
export type LerpPath = 'wasm-simd' | 'js-loop' | 'webgl' | 'webgpu' | 'ops';

export interface LerpKernel extends KernelConfig {
  kernelName: 'Lerp';
  /** What the kernel runs on this backend, which may lack what the fast path needs. */
  path(backend: object): LerpPath;
}
