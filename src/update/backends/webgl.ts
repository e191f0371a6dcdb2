import type { DataId, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';
import { capitalized, gpuRunner } from './gpu.js';

/** All that we use of the `webgl` backend beside the methods of every backend. */
interface WebGLBackend extends KernelBackend {
  compileAndRun(program: object, inputs: TensorInfo[], dtype: DataType, uniforms: number[][]): TensorInfo;
  texData: { get(dataId: DataId): { isPacked?: boolean } };
  gpgpu?: { gl: { isContextLost(): boolean } };
}

function isUsable(backend: KernelBackend): backend is WebGLBackend {
  const { compileAndRun, texData } = backend as Partial<WebGLBackend>;
  return compileAndRun !== undefined && texData !== undefined;
}

/**
 * Lanes of a packed texel that lie beyond an odd last column or row are zero, as tfjs's packed ops leave them: its
 * `matMul` adds up whole texels.
 */
function maskBeyond(shape: readonly number[]): string {
  const rank = shape.length;
  const [column, row] = rank < 2 ? ['coords', '0'] : [`coords.${'xyzwuv'[rank - 1]}`, `coords.${'xyzwuv'[rank - 2]}`];
  const [columns, rows] = [shape[rank - 1] ?? 1, shape[rank - 2] ?? 1];
  if (columns % 2 === 0 && rows % 2 === 0) return '';
  return `${rank < 2 ? 'int' : `ivec${rank}`} coords = getOutputCoords();
if (${column} + 1 >= ${columns}) result.yw = vec2(0.0);
if (${row} + 1 >= ${rows}) result.zw = vec2(0.0);`;
}

/** The `webgl` backend, which compiles a program once for a shape. */
export const webgl: Backend = {
  name: 'webgl',
  open(backend, rule) {
    if (!isUsable(backend)) return null;
    return gpuRunner('webgl', backend, rule, ({ expression, tensors, numbers }, shape, inputs, values) => {
      if (backend.gpgpu?.gl.isContextLost()) {
        throw new Error(
          `${rule.name}: the WebGL context was lost, and with it the values of all tensors on the GPU. ` +
            'Start again on a new backend, from weights that you saved.',
        );
      }
      // In the layout that an input has, since a program in the other one would first have to convert it. An inner step
      // leaves packed textures (four values a texel), so where the inputs differ the result is packed too, and so is a
      // counter, which all programs of the next step read.
      const packed = shape.length === 0 || inputs.some(({ dataId }) => backend.texData.get(dataId).isPacked);
      const float = packed ? 'vec4' : 'float';
      const program = {
        variableNames: tensors.map(capitalized),
        outputShape: shape,
        customUniforms: numbers.map((name) => ({ name, type: 'float' })),
        packedInputs: packed,
        packedOutput: packed,
        userCode: `void main() {
${tensors.map((name) => `${float} ${name} = get${capitalized(name)}AtOutCoords();`).join('\n')}
${float} result = ${expression};
${packed ? maskBeyond(shape) : ''}
setOutput(result);
}`,
      };
      return backend.compileAndRun(
        program,
        inputs,
        'float32',
        values.map((value) => [value]),
      );
    });
  },
};
