/** The heap of an instance of tfjs's `wasm` backend, where our passes run: its memory, its buffers, and their traps. */
import { type DataId, type DataType, type KernelBackend, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { mistake } from '../../base/errors.js';

export interface WasmBuffer {
  id: number;
  memoryOffset: number;
  dtype: DataType;
  refCount: number;
}

/** All that we use of the `wasm` backend. */
export interface WasmBackend {
  wasm: {
    /** The memory is among the exports, under a minified name in tfjs 3.2 to 3.13. The threaded build has it apart. */
    asm?: Record<string, Partial<WebAssembly.Memory>>;
    wasmMemory?: WebAssembly.Memory;
    _malloc(bytes: number): number;
    _free(address: number): void;
    tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
  };
  dataIdMap: { get(dataId: DataId): WasmBuffer };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  incRef(dataId: DataId): void;
  disposeData(dataId: DataId): boolean;
}

/** Reaches into the backend, guarded: another version of it may not have what we use, and that is no error. */
export function memoryOf(backend: KernelBackend): WebAssembly.Memory | undefined {
  const { wasm, dataIdMap, makeOutput } = backend as unknown as Partial<WasmBackend>;
  if (!wasm?.tfjs || !dataIdMap || !makeOutput) return undefined;
  return wasm.wasmMemory ?? (Object.values(wasm.asm ?? {}).find(({ buffer }) => buffer) as WebAssembly.Memory);
}

/** Where `malloc` fails, tfjs goes on with address 0. */
export const outOfMemory = (shape: number[]) =>
  mistake(
    `the wasm backend has no memory left for a tensor of shape [${shape}] ` +
      `(${util.sizeFromShape(shape) * 4} bytes). Dispose tensors that are no longer needed, or use a smaller model.`,
  );

/**
 * To be called once a buffer was overwritten. matMul, conv2d and prelu (XNNPACK) keep weights that they have seen in a
 * layout of their own, by the id of the buffer, until it is disposed: they would go on computing with the former values.
 */
export function forgetRepacked({ wasm }: WasmBackend, id: number, size: number, address: number): void {
  wasm.tfjs.disposeData(id);
  wasm.tfjs.registerTensor(id, size, address);
}
