import type { TensorInfo } from '@tensorflow/tfjs-core';
import { placed } from '../../base/errors.js';
import type { Rule } from '../rules/rule.js';
import type { Backend, Runner } from './backend.js';
import { instantiatePass, type Pass } from './instantiate.js';
import { forgetRepacked, memoryOf, outOfMemory, type WasmBackend, type WasmBuffer } from './wasm-heap.js';

function runnerOf(
  backend: WasmBackend,
  memory: WebAssembly.Memory,
  { name, states: { length: count } }: Rule,
  { addresses, run }: Pass,
): Runner {
  const { dataIdMap } = backend;

  /** The buffer of a tensor that a pass is to read or write. */
  function bufferOf({ dataId, shape }: TensorInfo): WasmBuffer {
    const buffer = dataIdMap.get(dataId);
    const { dtype, memoryOffset } = buffer;
    if (dtype === 'float32' && memoryOffset !== 0) return buffer;
    if (dtype === 'float32') throw placed(name, outOfMemory(shape));
    // The cast shared the buffer, and tfjs has moved it as what it was. Its ops take the bits for those of a float32.
    throw new Error(
      `${name}: a tensor of shape [${shape}] was cast from ${dtype} on another backend, and the wasm backend misreads ` +
        'it. Make it anew: tf.tensor(Float32Array.from(t.dataSync()), t.shape).',
    );
  }

  return {
    path: 'wasm-simd',
    check: bufferOf,
    canOverwrite: (tensor, owners) => bufferOf(tensor).refCount === owners,
    newOut(shape) {
      const out = backend.makeOutput(shape, 'float32');
      if (dataIdMap.get(out.dataId).memoryOffset !== 0) return out;
      backend.disposeData(out.dataId);
      throw placed(name, outOfMemory(shape));
    },
    run(states, input, scalars, outs) {
      for (let i = 0; i < count; ++i) {
        const { memoryOffset, id } = dataIdMap.get((states[i] as TensorInfo).dataId);
        const out = outs[i];
        addresses[count + i] = memoryOffset;
        addresses[i] = out ? dataIdMap.get(out.dataId).memoryOffset : memoryOffset;
        if (!out) forgetRepacked(backend, id, input.size, memoryOffset);
      }
      addresses[2 * count] = dataIdMap.get(input.dataId).memoryOffset;
      run(input.size, scalars as number[]);
      return outs;
    },
    ask(input) {
      addresses[0] = bufferOf(input).memoryOffset;
      return run(input.size, []) as number;
    },
    copy(from, to) {
      const { id, memoryOffset } = dataIdMap.get(to.dataId);
      const start = dataIdMap.get(from.dataId).memoryOffset >>> 0;
      new Uint8Array(memory.buffer).copyWithin(memoryOffset >>> 0, start, start + 4 * to.size);
      forgetRepacked(backend, id, to.size, memoryOffset);
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
      return runnerOf(backend as unknown as WasmBackend, memory, rule, instantiatePass(rule, memory));
    } catch {
      return null;
    }
  },
};
