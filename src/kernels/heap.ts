import { type DataId, type DataType, type NamedTensorInfoMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { forgetRepacked, outOfMemory, type WasmBackend, type WasmBuffer } from '../update/backends/wasm-heap.js';

/** More than most kernels have; those that join many tensors have no use for a long search. */
const MOST_KNOWN = 4;

/** The heap of one instance of the `wasm` backend, as kernels use it: addresses, outputs, scratch. */
export class Heap {
  /** The outputs, and the addresses of scratch, that the call that runs has taken. */
  readonly #outputs: TensorInfo[] = [];
  readonly #scratch: number[] = [];

  /** The first buffers of the call that runs: each is asked for several times, and tfjs looks it up twice each time. */
  readonly #ids: DataId[] = [];
  readonly #buffers: WasmBuffer[] = [];
  #known = 0;

  /** The columns that a right operand had when XNNPACK last got it. */
  readonly #columns = new WeakMap<DataId, number>();

  /** The size of the memory in bytes, when it was last read; it never shrinks. */
  #bytes = 0;

  constructor(
    readonly backend: WasmBackend,
    readonly memory: WebAssembly.Memory,
  ) {}

  /**
   * Whether all inputs are of these dtypes, and their buffers too: a cast on another backend shares the buffer, and tfjs has
   * moved it here as what it was. To be asked at the beginning of each call.
   */
  holds(inputs: NamedTensorInfoMap, dtypes: readonly DataType[]): boolean {
    this.#known = 0;
    for (const name in inputs) {
      const input = inputs[name];
      if (!input) continue; // A bias, say, may be missing.
      const { dtype, dataId } = input;
      if (!dtypes.includes(dtype) || this.#bufferOf(dataId).dtype !== dtype) return false;
    }
    return true;
  }

  #bufferOf(dataId: DataId): WasmBuffer {
    for (let i = 0; i < this.#known; ++i) if (this.#ids[i] === dataId) return this.#buffers[i] as WasmBuffer;
    const buffer = this.backend.dataIdMap.get(dataId);
    if (this.#known < MOST_KNOWN) {
      this.#ids[this.#known] = dataId;
      this.#buffers[this.#known++] = buffer;
    }
    return buffer;
  }

  /**
   * Ends a call of a kernel: frees the scratch, and the outputs too if it returned none. No kernel calls another, so there is
   * one call at a time.
   */
  end(hasResult: boolean): void {
    while (this.#scratch.length > 0) this.backend.wasm._free(this.#scratch.pop() as number);
    while (this.#outputs.length > 0) {
      const { dataId } = this.#outputs.pop() as TensorInfo;
      if (!hasResult) this.backend.disposeData(dataId);
    }
  }

  /**
   * The byte address of a tensor's values.
   *
   * @throws Error if tfjs had no memory for them.
   */
  at({ dataId, shape }: TensorInfo): number {
    const { memoryOffset } = this.#bufferOf(dataId);
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
    const end = (address >>> 0) + 4 * elements;
    if (end > this.#bytes) this.#bytes = this.memory.buffer.byteLength;
    return end > this.#bytes;
  }

  /**
   * To be called before XNNPACK gets the right operand of a product. It keeps that in a layout of its own by the id of the
   * buffer alone: in another shape it would compute with the wrong sizes, and write beyond the output.
   */
  forgetOtherShape({ dataId, shape }: TensorInfo): void {
    const columns = shape.at(-1) as number;
    if (this.#columns.get(dataId) === columns) return;
    const { id, memoryOffset } = this.#bufferOf(dataId);
    forgetRepacked(this.backend, id, util.sizeFromShape(shape), memoryOffset);
    this.#columns.set(dataId, columns);
  }

  /** A second reference to a tensor's buffer, which nobody overwrites as long as it has two. */
  share({ dataId, dtype }: TensorInfo, shape: number[]): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape, dtype };
  }
}
