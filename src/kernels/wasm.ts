import type { DataId, DataType, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { composedLerp } from './composed.js';
import type { LerpKernel } from './kernel.js';
import { type SimdLerp, simdLerp } from './simd.js';

/** All that we use of the `wasm` backend. */
interface WasmBackend {
  wasm: {
    /** The memory is one of the exports, under a minified name before tfjs 3.14; a property of its own in the threaded build. */
    asm?: Record<string, Partial<WebAssembly.Memory>>;
    wasmMemory?: WebAssembly.Memory;
    tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
  };
  dataIdMap: { get(dataId: DataId): { id: number; memoryOffset: number; refCount: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  disposeData(dataId: DataId): boolean;
}

/** The kernel on each backend's memory (there is a new backend after `tf.removeBackend`), null where it cannot be had. */
const kernels = new WeakMap<object, SimdLerp | null>();

function kernelOn(backend: object): SimdLerp | null {
  let kernel = kernels.get(backend);
  if (kernel === undefined) {
    kernel = instantiate(backend);
    kernels.set(backend, kernel);
  }
  return kernel;
}

/** Reaches into the backend, guarded: another version of it may not have what we use, and that is no error. */
function instantiate(backend: object): SimdLerp | null {
  const { wasm, dataIdMap, makeOutput } = backend as Partial<WasmBackend>;
  const memory = wasm?.wasmMemory ?? Object.values(wasm?.asm ?? {}).find(({ buffer }) => buffer);
  if (!memory || !wasm?.tfjs || !dataIdMap || !makeOutput) return null;
  try {
    return simdLerp(memory as WebAssembly.Memory);
  } catch {
    return null;
  }
}

const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
  const { start, end } = inputs as { start: Tensor; end: Tensor };
  const { weight } = attrs as { weight: number };
  const wasm = backend as WasmBackend;

  const kernel = kernelOn(wasm);
  if (!kernel) return composedLerp(start, end, weight);

  // Inputs first: one that lives on another backend is moved here, which can allocate.
  const startAddress = address(wasm, start);
  const endAddress = address(wasm, end);
  const out = wasm.makeOutput(start.shape, 'float32');
  const outAddress = address(wasm, out);
  if (outAddress === 0) {
    wasm.disposeData(out.dataId);
    throw new Error(
      `lerp: the wasm backend has no memory left for a tensor of shape [${start.shape}] (${start.size * 4} bytes). ` +
        'Dispose tensors that are no longer needed, or use a smaller model.',
    );
  }
  kernel(outAddress, startAddress, endAddress, start.size, weight);
  return out;
};

/** 0 where `malloc` failed, which tfjs lets pass. */
function address(backend: WasmBackend, { dataId }: TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

/** `Lerp` on the `wasm` backend: the SIMD kernel on the heap of tfjs itself, with no copy. */
export const wasmLerp: LerpKernel = {
  kernelName: 'Lerp',
  backendName: 'wasm',
  kernelFunc,
  path: (backend) => (kernelOn(backend) ? 'wasm-simd' : 'ops'),
  overwriteOn(backend) {
    const kernel = kernelOn(backend);
    if (!kernel) return null;
    const { wasm, dataIdMap } = backend as WasmBackend;
    return (start, end, weight, owners) => {
      const { id, memoryOffset, refCount } = dataIdMap.get(start.dataId);
      if (refCount !== owners) return false;
      kernel(memoryOffset, memoryOffset, dataIdMap.get(end.dataId).memoryOffset, start.size, weight);
      // matMul, conv2d and prelu (XNNPACK) keep weights that they have seen in a layout of their own, by this id, until it
      // is disposed: they would go on computing with the former values.
      wasm.tfjs.disposeData(id);
      wasm.tfjs.registerTensor(id, start.size, memoryOffset);
      return true;
    };
  },
};
