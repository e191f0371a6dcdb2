import type { DataId, DataType, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Rule } from '../rules/rule.js';
import { allOverwritten, type Backend, type Runner } from './backend.js';
import { instantiatePass, type Pass } from './instantiate.js';

/** All that we use of the `wasm` backend. */
interface WasmBackend {
  wasm: {
    /** The memory is a property of its own in the threaded build. */
    asm?: { memory?: WebAssembly.Memory };
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

/** Reaches into the backend, guarded: another version of it may not have what we use, and that is no error. */
function memoryOf(backend: KernelBackend): WebAssembly.Memory | undefined {
  const { wasm, dataIdMap, makeOutput } = backend as Partial<WasmBackend>;
  if (!wasm?.tfjs || !dataIdMap || !makeOutput) return undefined;
  return wasm.asm?.memory ?? wasm.wasmMemory;
}

function runnerOf(backend: WasmBackend, { name, states: { length: count } }: Rule, pass: Pass): Runner {
  const { wasm, dataIdMap } = backend;
  const isOverwritten = new Array<boolean>(count);
  const outAddresses = new Array<number>(count);
  const stateAddresses = new Array<number>(count);

  /** Each state that may not be overwritten gets a buffer of its own, all of them before anything has changed. */
  function makeOutputs(states: readonly Tensor[]): (TensorInfo | undefined)[] {
    const outs: (TensorInfo | undefined)[] = [];
    for (let i = 0; i < count; ++i) {
      if (isOverwritten[i]) continue;
      const { shape } = states[i] as Tensor;
      const out = backend.makeOutput(shape, 'float32');
      outs[i] = out;
      outAddresses[i] = dataIdMap.get(out.dataId).memoryOffset;
    }
    return outs;
  }

  function refuseFullHeap({ shape, size }: Tensor, outs: readonly (TensorInfo | undefined)[]): never {
    for (const out of outs) if (out) backend.disposeData(out.dataId);
    throw new Error(
      `${name}: the wasm backend has no memory left for a tensor of shape [${shape}] (${size * 4} bytes). ` +
        'Dispose tensors that are no longer needed, or use a smaller model.',
    );
  }

  return {
    path: 'wasm-simd',
    run(states, input, scalars, owners) {
      // Whatever lives on another backend is moved here when it is asked for, which can allocate, and fail.
      const inputAddress = dataIdMap.get(input.dataId).memoryOffset;
      let areAll = true;
      for (let i = 0; i < count; ++i) {
        const { memoryOffset, refCount } = dataIdMap.get((states[i] as Tensor).dataId);
        stateAddresses[i] = memoryOffset;
        outAddresses[i] = memoryOffset;
        isOverwritten[i] = refCount === owners;
        areAll &&= isOverwritten[i] as boolean;
      }
      const outs = areAll ? allOverwritten : makeOutputs(states);
      // Where `malloc` failed, tfjs goes on with address 0.
      if (inputAddress === 0 || stateAddresses.includes(0) || outAddresses.includes(0)) refuseFullHeap(input, outs);

      pass(...outAddresses, ...stateAddresses, inputAddress, input.size, ...scalars);

      for (let i = 0; i < count; ++i) {
        if (!isOverwritten[i]) continue;
        // matMul, conv2d and prelu (XNNPACK) keep weights that they have seen in a layout of their own, by this id, until
        // it is disposed: they would go on computing with the former values.
        const { id, memoryOffset } = dataIdMap.get((states[i] as Tensor).dataId);
        wasm.tfjs.disposeData(id);
        wasm.tfjs.registerTensor(id, input.size, memoryOffset);
      }
      return outs;
    },
  };
}

/** The `wasm` backend: a pass runs on the heap of tfjs itself, with no copy. */
export const wasm: Backend = {
  name: 'wasm',
  open(backend, rule) {
    const memory = memoryOf(backend);
    if (!memory) return null;
    try {
      return runnerOf(backend as unknown as WasmBackend, rule, instantiatePass(rule.modules, memory));
    } catch {
      return null;
    }
  },
};
