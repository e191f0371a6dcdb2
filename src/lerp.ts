import {
  backend,
  engine,
  type GradConfig,
  getBackend,
  getKernel,
  mul,
  type Rank,
  registerGradient,
  registerKernel,
  Tensor,
  util,
  type Variable,
} from '@tensorflow/tfjs-core';
import { describe } from './checks.js';
import { composedLerp } from './kernels/composed.js';
import { cpuLerp } from './kernels/cpu.js';
import type { LerpKernel, LerpPath } from './kernels/kernel.js';
import { wasmLerp } from './kernels/wasm.js';
import { webglLerp } from './kernels/webgl.js';
import { webgpuLerp } from './kernels/webgpu.js';

const kernelName = 'Lerp';

const kernels: LerpKernel[] = [cpuLerp, wasmLerp, webglLerp, webgpuLerp];

const gradient: GradConfig = {
  kernelName,
  gradFunc: (dy, _saved, attrs) => {
    const weight = attrs.weight as number;
    return { start: () => mul(dy as Tensor, 1 - weight), end: () => mul(dy as Tensor, weight) };
  },
};

let registered = false;

/** At the first call, not at import: importing must have no effect. Another copy of this package may have been first. */
function register(): void {
  for (const kernel of kernels) {
    if (!getKernel(kernelName, kernel.backendName)) registerKernel(kernel);
  }
  registerGradient(gradient);
  registered = true;
}

/**
 * Linear interpolation, `start + weight * (end - start)`, element by element: a new tensor of the same shape.
 *
 * Runs as one kernel on the backends `cpu` and `wasm` (WebAssembly SIMD), `webgl` and `webgpu` (one program), and as sub,
 * mul, add on any other; {@link lerpPath} tells. Every operation rounds to float32, so that all of these give the same
 * bits, but on a GPU, which may differ in the last ones.
 * It is differentiable in `start` and `end`.
 *
 * @param start float32, any shape.
 * @param end float32, the shape of `start`.
 * @param weight a finite number; 0 gives `start`, 1 gives `end` up to rounding, others extrapolate.
 * @throws Error if an argument is not as said above or a tensor was disposed.
 */
export function lerp<R extends Rank>(start: Tensor<R>, end: Tensor<R>, weight: number): Tensor<R> {
  checkTensor('start', start);
  checkTensor('end', end);
  if (!util.arraysEqual(start.shape, end.shape)) {
    throw new Error(
      `lerp: 'start' has shape [${start.shape}] but 'end' has shape [${end.shape}]. ` +
        'The shapes must be equal: nothing is broadcast.',
    );
  }
  if (typeof weight !== 'number' || !Number.isFinite(Math.fround(weight))) {
    throw new Error(`lerp: 'weight' is ${describe(weight)}, but must be a number that is finite in float32.`);
  }

  if (!registered) register();
  if (!getKernel(kernelName, activeBackend())) return composedLerp(start, end, weight) as Tensor<R>;
  return engine().runKernel(kernelName, { start, end }, { weight }) as Tensor<R>;
}

/**
 * What assigns `lerp(start, end, weight)` to the variable `start`, on the active backend: looked up once for many variables.
 *
 * A tensor is immutable, so this assigns a new one, unless nothing can tell: where no clone, reshape or initial tensor
 * shares the buffer of `start`, only `end` perhaps, the result takes the place of the values there.
 */
export function lerpAssigner(): (start: Variable, end: Variable, weight: number) => void {
  const overwrite = kernelFor(activeBackend())?.overwriteOn?.(backend());
  return (start, end, weight) => {
    if (overwrite?.(start, end, weight, start.dataId === end.dataId ? 2 : 1)) return;
    const result = lerp(start, end, weight);
    start.assign(result);
    result.dispose();
  };
}

function activeBackend(): string {
  backend(); // the first op of a program selects the backend, and only then has it a name
  return getBackend();
}

function kernelFor(backendName: string): LerpKernel | undefined {
  return kernels.find((kernel) => kernel.backendName === backendName);
}

/**
 * What computes {@link lerp}, and thus every merge, on a backend: to find out why it is slow.
 *
 * @param backendName by default the active backend's.
 * @throws Error if no backend of this name is ready.
 */
export function lerpPath(backendName: string = activeBackend()): LerpPath {
  const found = engine().findBackend(backendName);
  if (!found) {
    throw new Error(
      `lerpPath: no backend '${backendName}' is ready. Call it after await tf.setBackend('${backendName}').`,
    );
  }
  return kernelFor(backendName)?.path(found) ?? 'ops';
}

function checkTensor(name: string, tensor: Tensor): void {
  if (!(tensor instanceof Tensor)) {
    throw new Error(`lerp: '${name}' is ${describe(tensor)}, but must be a tf.Tensor.`);
  }
  if (tensor.dtype !== 'float32') {
    throw new Error(`lerp: '${name}' has dtype ${tensor.dtype}, but must be float32. Cast it first.`);
  }
  if (tensor.isDisposed) throw new Error(`lerp: '${name}' was disposed. Pass a tensor that is still alive.`);
}
