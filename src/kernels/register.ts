import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { readyBackend } from '../base/checks.js';
import { at, mistake } from '../base/errors.js';
import { cpuSegmentSum } from './cpu-segment-sum.js';
import { kernelFuncOf } from './kernel.js';
import { trainingKernels } from './table.js';

/** Each kernel of ours that is registered, and tfjs's own, which it replaces. */
const registered = new Map<KernelConfig, KernelConfig | undefined>();

function put(config: KernelConfig): void {
  const { kernelName, backendName } = config;
  if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName); // tfjs warns where there is one
  registerKernel(config);
}

function replace(own: KernelConfig | undefined, config: KernelConfig): void {
  put(config);
  registered.set(config, own);
}

/**
 * Makes models train on the `wasm` backend, and faster: registers kernels that TensorFlow.js lacks there (gradients of
 * convolutions and embeddings), and replaces kernels that are slow there by passes in SIMD. A replaced kernel gives the
 * same bits as before; one that was missing agrees with the `cpu` backend within rounding.
 *
 * It changes the kernel registry of TensorFlow.js, for everything that runs on `wasm` from then on, until
 * {@link unregisterTrainingKernels}. Where a kernel cannot be had (an old version, no SIMD, another dtype), that of
 * TensorFlow.js goes on doing the work. Of the `cpu` backend `UnsortedSegmentSum` alone is replaced, where it is loaded: the
 * same bits in one pass over the rows, instead of one for each segment.
 *
 * @returns the names of the kernels that this call has registered or replaced; none if an earlier call has.
 * @throws Error if the `wasm` backend is not ready.
 * @example
 * await tf.setBackend('wasm');
 * registerTrainingKernels();
 */
export function registerTrainingKernels(): string[] {
  at('registerTrainingKernels', () => {
    if (readyBackend('wasm')) return;
    throw mistake(
      "no backend 'wasm' is ready. Import @tensorflow/tfjs-backend-wasm, and call it after await tf.setBackend('wasm').",
    );
  });
  if (registered.size > 0) return [];
  for (const kernel of trainingKernels) {
    const own = getKernel(kernel.name, 'wasm') as KernelConfig | undefined;
    // Its setup stays, by which tfjs prepares its own on a new instance of the backend.
    const kernelFunc = kernelFuncOf(kernel, own?.kernelFunc);
    replace(own, { ...own, kernelName: kernel.name, backendName: 'wasm', kernelFunc });
  }
  const onCpu = getKernel('UnsortedSegmentSum', 'cpu') as KernelConfig | undefined;
  if (onCpu) replace(onCpu, { ...onCpu, kernelFunc: cpuSegmentSum(onCpu.kernelFunc) });
  return trainingKernels.map(({ name }) => name);
}

/**
 * Takes back {@link registerTrainingKernels}: TensorFlow.js's own kernels are registered again, and what it lacks is
 * missing again. A kernel that somebody else has replaced since then is left alone.
 *
 * @returns the names of the kernels that this call has taken back.
 * @example
 * registerTrainingKernels();
 * unregisterTrainingKernels();
 */
export function unregisterTrainingKernels(): string[] {
  const names = new Set<string>();
  for (const [config, own] of registered) {
    const { kernelName, backendName } = config;
    if (getKernel(kernelName, backendName) !== config) continue;
    if (own) put(own);
    else unregisterKernel(kernelName, backendName);
    names.add(kernelName);
  }
  registered.clear();
  return [...names];
}
