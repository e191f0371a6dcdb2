import type { TensorInfo } from '@tensorflow/tfjs-core';
import { placed } from '../../base/errors.js';
import type { Rule } from '../rules/rule.js';
import { allOverwritten, type Backend, type Outs, type Runner } from './backend.js';
import { instantiatePass, newArguments, type Pass } from './instantiate.js';
import { forgetRepacked, memoryOf, outOfMemory, type WasmBackend, type WasmBuffer } from './wasm-heap.js';

function runnerOf(
  backend: WasmBackend,
  memory: WebAssembly.Memory,
  { name, states: { length: count } }: Rule,
  pass: Pass,
): Runner {
  const { dataIdMap } = backend;
  /** Filled anew at each run: to make lists costs as much as to merge a small variable. */
  const args = newArguments();

  /**
   * The buffer of a tensor that a pass is to read or write.
   *
   * @param outs are freed where it cannot be used.
   */
  function bufferOf({ dataId, shape }: TensorInfo, outs: Outs = allOverwritten): WasmBuffer {
    const buffer = dataIdMap.get(dataId);
    const { dtype, memoryOffset } = buffer;
    if (dtype === 'float32' && memoryOffset !== 0) return buffer;
    for (const out of outs) if (out) backend.disposeData(out.dataId);
    if (dtype === 'float32') throw placed(name, outOfMemory(shape));
    // The cast shared the buffer, and tfjs has moved it as what it was. Its ops take the bits for those of a float32.
    throw new Error(
      `${name}: a tensor of shape [${shape}] was cast from ${dtype} on another backend, and the wasm backend misreads ` +
        'it. Make it anew: tf.tensor(Float32Array.from(t.dataSync()), t.shape).',
    );
  }

  return {
    path: 'wasm-simd',
    readsTensors: false,
    reserve(states, input, owners) {
      let outs: TensorInfo[] | undefined;
      bufferOf(input);
      for (let i = 0; i < states.length; ++i) {
        const state = states[i] as TensorInfo;
        if (bufferOf(state, outs).refCount === owners) continue;
        const out = backend.makeOutput(state.shape, 'float32');
        outs ??= [];
        outs[i] = out;
        bufferOf(out, outs);
      }
      return outs ?? allOverwritten;
    },
    run(states, input, scalars, outs) {
      for (let i = 0; i < count; ++i) {
        const { memoryOffset, id } = dataIdMap.get((states[i] as TensorInfo).dataId);
        const out = outs[i];
        args[count + i] = memoryOffset;
        args[i] = out ? dataIdMap.get(out.dataId).memoryOffset : memoryOffset;
        if (!out) forgetRepacked(backend, id, input.size, memoryOffset);
      }
      args[2 * count] = dataIdMap.get(input.dataId).memoryOffset;
      args[2 * count + 1] = input.size;
      for (let i = 0; i < scalars.length; ++i) args[2 * count + 2 + i] = scalars[i] as number;
      pass(args);
      return outs;
    },
    ask(input) {
      args[0] = bufferOf(input).memoryOffset;
      args[1] = input.size;
      return pass(args) as number;
    },
    set(tensor, value, outs) {
      const { id, memoryOffset } = dataIdMap.get((outs[0] ?? tensor).dataId);
      new Float32Array(memory.buffer, memoryOffset >>> 0, 1)[0] = value;
      if (!outs[0]) forgetRepacked(backend, id, 1, memoryOffset);
      return outs;
    },
    copy(from, to) {
      const { id, memoryOffset, refCount } = dataIdMap.get(to.dataId);
      if (refCount !== 1) return false;
      const start = dataIdMap.get(from.dataId).memoryOffset >>> 0;
      new Uint8Array(memory.buffer).copyWithin(memoryOffset >>> 0, start, start + 4 * to.size);
      forgetRepacked(backend, id, to.size, memoryOffset);
      return true;
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
      return runnerOf(backend as unknown as WasmBackend, memory, rule, instantiatePass(rule.modules, memory));
    } catch {
      return null;
    }
  },
};
