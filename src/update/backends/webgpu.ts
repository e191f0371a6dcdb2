import { type DataType, type KernelBackend, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';
import { capitalized, gpuRunner } from './gpu.js';

/** All that we use of the `webgpu` backend beside the methods of every backend. */
interface WebGPUBackend extends KernelBackend {
  runWebGPUProgram(
    program: object,
    inputs: TensorInfo[],
    dtype: DataType,
    uniforms: { type: string; data: number[] }[],
  ): TensorInfo;
}

const isUsable = (backend: KernelBackend): backend is WebGPUBackend =>
  (backend as Partial<WebGPUBackend>).runWebGPUProgram !== undefined;

const WORKGROUP = 128;

/** The `webgpu` backend, which compiles a program once for a rank. */
export const webgpu: Backend = {
  name: 'webgpu',
  open(backend, rule) {
    if (!isUsable(backend)) return null;
    return gpuRunner('webgpu', backend, rule, ({ key, expression, tensors, numbers }, shape, inputs, values) => {
      const program = {
        variableNames: tensors.map(capitalized),
        outputShape: shape,
        shaderKey: `tfjs-lookahead/${key}`,
        uniforms: numbers.map((name) => `${name} : f32,`).join(' '),
        size: true,
        workgroupSize: [WORKGROUP, 1, 1],
        dispatchLayout: { x: shape.map((_, i) => i) },
        // The backend folds what exceeds one dimension into the others.
        dispatch: [Math.ceil(util.sizeFromShape(shape) / WORKGROUP), 1, 1],
        getUserCode: () => `fn main(index : i32) {
if (index < uniforms.size) {
${tensors.map((name) => `let ${name} = get${capitalized(name)}ByOutputIndex(index);`).join('\n')}
${numbers.map((name) => `let ${name} = uniforms.${name};`).join('\n')}
setOutputAtIndex(index, ${expression});
}
}`,
      };
      return backend.runWebGPUProgram(
        program,
        inputs,
        'float32',
        values.map((value) => ({ type: 'float32', data: [value] })),
      );
    });
  },
};
