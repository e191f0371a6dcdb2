import { type DataType, type NamedTensorInfoMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { outOfMemory, type WasmBackend } from '../update/backends/wasm-heap.js';

/** The heap of one instance of the `wasm` backend, as kernels use it: addresses, outputs, scratch. */
export class Heap {
  /** Taken in the calls that run: outputs, and addresses of scratch. */
  readonly #outputs: TensorInfo[] = [];
  readonly #scratch: number[] = [];

  constructor(
    readonly backend: WasmBackend,
    readonly memory: WebAssembly.Memory,
  ) {}

  /**
   * Whether all inputs are of these dtypes, and their buffers too: a cast on another backend shares the buffer, and tfjs
   * has moved it here as what it was.
   */
  holds(inputs: NamedTensorInfoMap, dtypes: readonly DataType[]): boolean {
    const { dataIdMap } = this.backend;
    for (const name in inputs) {
      const input = inputs[name];
      if (!input) continue; // A bias, say, may be missing.
      if (!dtypes.includes(input.dtype) || dataIdMap.get(input.dataId).dtype !== input.dtype) return false;
    }
    return true;
  }

  /**
   * Runs one call of a kernel. Scratch that it takes goes back afterwards, and where it fails or returns null, what it
   * took as outputs does too.
   */
  during<T>(compute: () => T): T {
    const [outputs, scratch] = [this.#outputs.length, this.#scratch.length];
    let result: T | null = null;
    try {
      result = compute();
      return result;
    } finally {
      for (const address of this.#scratch.splice(scratch)) this.backend.wasm._free(address);
      for (const { dataId } of this.#outputs.splice(outputs)) if (!result) this.backend.disposeData(dataId);
    }
  }

  /**
   * The byte address of a tensor's values.
   *
   * @throws Error if tfjs had no memory for them.
   */
  at({ dataId, shape }: TensorInfo): number {
    const { memoryOffset } = this.backend.dataIdMap.get(dataId);
    if (memoryOffset === 0 && !shape.includes(0)) throw outOfMemory(shape);
    return memoryOffset;
  }

  /**
   * A tensor whose values are still to be written, all of them.
   *
   * @throws Error where the memory is full.
   */
  output(shape: number[], dtype: DataType = 'float32'): TensorInfo {
    const output = this.backend.makeOutput(shape, dtype);
    this.#outputs.push(output);
    if (this.#isBeyond(this.at(output), util.sizeFromShape(shape))) throw outOfMemory(shape);
    return output;
  }

  /**
   * Room for float32 or int32 that a pass computes with; it goes back after the call.
   *
   * @returns its byte address.
   * @throws Error where the memory is full.
   */
  scratch(elements: number): number {
    const address = this.backend.wasm._malloc(4 * elements) >>> 0;
    if (address !== 0) this.#scratch.push(address);
    if (address === 0 || this.#isBeyond(address, elements)) throw outOfMemory([elements]);
    return address;
  }

  /** Whether a block ends beyond the memory: near the 4 GiB, `malloc` hands out one that would need more (seen). */
  #isBeyond(address: number, elements: number): boolean {
    return (address >>> 0) + 4 * elements > this.memory.buffer.byteLength;
  }

  /** A second reference to a tensor's buffer, which nobody overwrites as long as it has two. */
  share({ dataId, dtype }: TensorInfo, shape: number[]): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape, dtype };
  }
}
