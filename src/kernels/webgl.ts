import type { DataId, DataType, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { composedLerp } from './composed.js';
import type { LerpKernel } from './kernel.js';

/** All that we use of the `webgl` backend. */
interface WebGLBackend {
  compileAndRun(program: object, inputs: TensorInfo[], dtype: DataType, uniforms: number[][]): TensorInfo;
  texData: { get(dataId: DataId): { isPacked?: boolean } };
  gpgpu?: { gl: { isContextLost(): boolean } };
}

function isUsable(backend: object): backend is WebGLBackend {
  const { compileAndRun, texData } = backend as Partial<WebGLBackend>;
  return compileAndRun !== undefined && texData !== undefined;
}

const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
  const { start, end } = inputs as { start: Tensor; end: Tensor };
  const { weight } = attrs as { weight: number };

  if (!isUsable(backend)) return composedLerp(start, end, weight);
  if (backend.gpgpu?.gl.isContextLost()) {
    throw new Error(
      'lerp: the WebGL context was lost, and with it the values of all tensors on the GPU. ' +
        'Start again on a new backend, from weights that you saved.',
    );
  }
  // In the layout that an input has, for a program in the other one would first have to convert it. An inner step leaves
  // packed textures (four values a texel), so that is the layout where the two differ, and thus that of the result.
  const packed = [start, end].some(({ dataId }) => backend.texData.get(dataId).isPacked);
  const program = {
    variableNames: ['Start', 'End'],
    outputShape: start.shape,
    customUniforms: [{ name: 'weight', type: 'float' }],
    packedInputs: packed,
    packedOutput: packed,
    userCode: `
      void main() {
        ${packed ? 'vec4' : 'float'} start = getStartAtOutCoords();
        setOutput(start + weight * (getEndAtOutCoords() - start));
      }`,
  };
  return backend.compileAndRun(program, [start, end], 'float32', [[weight]]);
};

/** `Lerp` on the `webgl` backend: one program, which the backend compiles once for a shape. */
export const webglLerp: LerpKernel = {
  kernelName: 'Lerp',
  backendName: 'webgl',
  kernelFunc,
  path: (backend) => (isUsable(backend) ? 'webgl' : 'ops'),
};
