import type { DataId, KernelBackend, KernelFunc, Tensor } from '@tensorflow/tfjs-core';
import type { LerpKernel } from './kernel.js';
import { lerpLoop } from './loop.js';
import { type SimdLerp, simdLerp } from './simd.js';

/** Floats in a tile. Two tiles of 64 KiB stay in the second-level cache. */
const TILE = 16384;
const TILE_BYTES = 4 * TILE;

/** A small WebAssembly memory of our own, through which arrays of the JavaScript heap pass tile by tile. */
interface Window {
  lerp: SimdLerp;
  start: Float32Array;
  end: Float32Array;
}

/** Opened at the first use and kept; null where there is no WebAssembly SIMD. */
let opened: Window | null | undefined;

function openWindow(): Window | null {
  if (opened === undefined) {
    try {
      const memory = new WebAssembly.Memory({ initial: (2 * TILE_BYTES) / 65536 });
      opened = {
        lerp: simdLerp(memory),
        start: new Float32Array(memory.buffer, 0, TILE),
        end: new Float32Array(memory.buffer, TILE_BYTES, TILE),
      };
    } catch {
      opened = null;
    }
  }
  return opened;
}

/** Leaves the result for up to a tile of values in the window, at `start`. */
function lerpInWindow(
  { lerp, start, end }: Window,
  startValues: Float32Array,
  endValues: Float32Array,
  weight: number,
): void {
  start.set(startValues);
  end.set(endValues);
  lerp(start.byteOffset, start.byteOffset, end.byteOffset, startValues.length, weight);
}

/** What we use of the `cpu` backend besides the methods of every backend. */
interface CpuBackend {
  data: { get(dataId: DataId): { values: Float32Array; refCount: number } };
}

/** The backend keeps what a tensor was made from, which may be a plain array that no op has converted yet. */
function float32Values(cpu: KernelBackend, { dataId }: Tensor): Float32Array {
  const values = cpu.readSync(dataId);
  return values instanceof Float32Array ? values : new Float32Array(values as ArrayLike<number>);
}

/** The result in a fresh array, always: `dataSync()` gives out the backend's own, so none of those may ever be written. */
function freshLerp(cpu: KernelBackend, start: Tensor, end: Tensor, weight: number): Float32Array {
  const startValues = float32Values(cpu, start);
  const endValues = float32Values(cpu, end);
  const n = startValues.length;
  const window = openWindow();
  if (window && n <= TILE) {
    lerpInWindow(window, startValues, endValues, weight);
    return window.start.slice(0, n); // unlike a new array, it is not filled with zeros first
  }
  const out = new Float32Array(n);
  if (window) {
    for (let from = 0; from < n; from += TILE) {
      const to = Math.min(from + TILE, n);
      lerpInWindow(window, startValues.subarray(from, to), endValues.subarray(from, to), weight);
      out.set(window.start.subarray(0, to - from), from);
    }
  } else lerpLoop(out, startValues, endValues, weight);
  return out;
}

const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
  const { start, end } = inputs as { start: Tensor; end: Tensor };
  const { weight } = attrs as { weight: number };
  const cpu = backend as KernelBackend;
  const values = freshLerp(cpu, start, end, weight);
  return { dataId: cpu.write(values, start.shape, 'float32'), shape: start.shape, dtype: 'float32' };
};

/** `Lerp` on the `cpu` backend, whose values are arrays on the JavaScript heap. */
export const cpuLerp: LerpKernel = {
  kernelName: 'Lerp',
  backendName: 'cpu',
  kernelFunc,
  path: () => (openWindow() ? 'wasm-simd' : 'js-loop'),
  overwriteOn(backend) {
    const cpu = backend as Partial<CpuBackend> & KernelBackend;
    return (start, end, weight, owners) => {
      const buffer = cpu.data?.get(start.dataId);
      if (buffer?.refCount !== owners) return false;
      buffer.values = freshLerp(cpu, start, end, weight);
      return true;
    };
  },
};
