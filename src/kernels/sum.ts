import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import sumPass from '../../build/kernels/sum.wasm';
import type { TrainingKernel } from './kernel.js';

const modules = [sumPass];

/**
 * A reduction over axes that are next to each other, in place. For others, tfjs transposes the tensor first, and adds up in the
 * order in which they are given.
 */
function reduction(name: string, isMean: boolean): TrainingKernel {
  return {
    name,
    dtypes: ['float32'],
    modules,
    compute({ x }: { x: TensorInfo }, attrs: { axis: number | number[]; keepDims: boolean }, heap, passes) {
      const { shape } = x;
      const axes = util.parseAxisParam(attrs.axis, shape);
      if (axes.some((axis, i) => i > 0 && axis !== (axes[i - 1] as number) + 1)) return null;
      const [first, end] = [axes[0] ?? 0, (axes.at(-1) ?? -1) + 1];
      const rows = util.sizeFromShape(shape.slice(first, end));
      const [batch, columns] = [util.sizeFromShape(shape.slice(0, first)), util.sizeFromShape(shape.slice(end))];
      if (axes.length === 0 || batch * rows * columns < 1) return null;
      const kept = attrs.keepDims ? axes.map(() => 1) : [];
      const out = heap.output([...shape.slice(0, first), ...kept, ...shape.slice(end)]);
      passes.sum?.(heap.at(x), heap.at(out), batch, rows, columns, isMean ? rows : 1);
      return out;
    },
  };
}

export const sum = /*#__PURE__*/ reduction('Sum', false);
export const mean = /*#__PURE__*/ reduction('Mean', true);
