import type { DataType, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { composedLerp } from './composed.js';
import type { LerpKernel } from './kernel.js';

/** All that we use of the `webgpu` backend. */
interface WebGPUBackend {
  runWebGPUProgram(
    program: object,
    inputs: TensorInfo[],
    dtype: DataType,
    uniforms: { type: string; data: number[] }[],
  ): TensorInfo;
}

const isUsable = (backend: object): backend is WebGPUBackend =>
  (backend as Partial<WebGPUBackend>).runWebGPUProgram !== undefined;

const WORKGROUP = 128;

const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
  const { start, end } = inputs as { start: Tensor; end: Tensor };
  const { weight } = attrs as { weight: number };

  if (!isUsable(backend)) return composedLerp(start, end, weight);
  const program = {
    variableNames: ['Start', 'End'],
    outputShape: start.shape,
    shaderKey: 'lerp',
    uniforms: 'weight : f32,',
    size: true,
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: { x: start.shape.map((_, i) => i) },
    dispatch: [Math.ceil(start.size / WORKGROUP), 1, 1], // the backend folds what exceeds one dimension into the others
    getUserCode: () => `
      fn main(index : i32) {
        if (index < uniforms.size) {
          let start = getStartByOutputIndex(index);
          setOutputAtIndex(index, start + uniforms.weight * (getEndByOutputIndex(index) - start));
        }
      }`,
  };
  return backend.runWebGPUProgram(program, [start, end], 'float32', [{ type: 'float32', data: [weight] }]);
};

/** `Lerp` on the `webgpu` backend: one program, which the backend compiles once for a rank. */
export const webgpuLerp: LerpKernel = {
  kernelName: 'Lerp',
  backendName: 'webgpu',
  kernelFunc,
  path: (backend) => (isUsable(backend) ? 'webgpu' : 'ops'),
};
