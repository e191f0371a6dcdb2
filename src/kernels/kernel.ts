/** The contract of a kernel, and how any of them runs on an instance of tfjs's `wasm` backend. */
import type { DataType, KernelBackend, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { mistake, placed } from '../base/errors.js';
import { instantiate, type Passes } from '../update/backends/instantiate.js';
import { memoryOf, type WasmBackend } from '../update/backends/wasm-heap.js';
import type { PassModules } from '../update/rules/rule.js';
import { Heap } from './heap.js';

/** A kernel that tfjs's `wasm` backend lacks, or that is slow there. */
export interface TrainingKernel {
  /** The name in tfjs's kernel registry. */
  readonly name: string;

  /** The dtypes of inputs that it takes. A call with another is left to tfjs's own. */
  readonly dtypes: readonly DataType[];

  /** The modules whose exports `compute` is given, by name. Each is compiled when the kernel first runs. */
  readonly modules: readonly PassModules[];

  /**
   * Computes one call. It writes to what it took from the heap in this call, and to nothing else.
   *
   * @param inputs of tfjs's kernel: by name, or a list.
   * @param own whether tfjs has a kernel of its own, whose bits are then kept.
   * @returns the outputs, to be owned by the caller; null where tfjs's own kernel has to do it.
   * @throws Error where the memory is full.
   */
  compute(inputs: object, attrs: object, heap: Heap, passes: Passes, own: boolean): TensorInfo | TensorInfo[] | null;
}

/** The heap and the passes of a kernel on one instance of the backend. */
interface Opened {
  readonly heap: Heap;
  readonly passes: Passes;
}

/** Kept for each instance, since there is a new one after `tf.removeBackend`. */
const heaps = new WeakMap<KernelBackend, Heap | null>();

function heapOf(backend: KernelBackend): Heap | null {
  let heap = heaps.get(backend);
  if (heap === undefined) {
    const memory = memoryOf(backend);
    heap = memory ? new Heap(backend as unknown as WasmBackend, memory) : null;
    heaps.set(backend, heap);
  }
  return heap;
}

function open({ modules }: TrainingKernel, backend: KernelBackend): Opened | null {
  const heap = heapOf(backend);
  if (!heap) return null;
  try {
    return { heap, passes: Object.assign({}, ...modules.map((module) => instantiate(module, heap.memory))) };
  } catch {
    return null;
  }
}

/**
 * A kernel as tfjs calls it.
 *
 * @param own tfjs's kernel, for which it steps aside; undefined if it has none.
 */
export function kernelFuncOf(kernel: TrainingKernel, own: KernelFunc | undefined): KernelFunc {
  /** Null where the instance, which may be of any version, lacks something. */
  const opened = new WeakMap<KernelBackend, Opened | null>();
  const { name, dtypes } = kernel;
  const aside =
    own ??
    (() => {
      throw mistake(
        `the wasm backend has no such kernel, and that of registerTrainingKernels() takes ${dtypes}, ` +
          "and needs WebAssembly SIMD. Use another backend: await tf.setBackend('cpu').",
      );
    });
  return (params) => {
    const { inputs, attrs } = params;
    const backend = params.backend as KernelBackend;
    let here = opened.get(backend);
    if (here === undefined) {
      here = open(kernel, backend);
      opened.set(backend, here);
    }
    try {
      if (!here?.heap.holds(inputs, dtypes)) return aside(params);
      const { heap, passes } = here;
      let outputs: TensorInfo | TensorInfo[] | null = null;
      try {
        outputs = kernel.compute(inputs, attrs as object, heap, passes, own !== undefined);
      } finally {
        heap.end(outputs !== null);
      }
      return outputs ?? aside(params);
    } catch (error) {
      throw placed(name, error); // not through at(): a call of a small kernel takes about as long as a closure
    }
  };
}
