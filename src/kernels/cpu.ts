import type { KernelBackend, KernelFunc, Tensor } from '@tensorflow/tfjs-core';
import type { LerpKernel } from './kernel.js';
import { lerpLoop } from './loop.js';
import { type SimdLerp, simdLerp } from './simd.js';

/** Floats in a tile. Two tiles of 64 KiB stay in the second-level cache. */
const TILE = 16384;
const TILE_BYTES = TILE * Float32Array.BYTES_PER_ELEMENT;

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

function stream(
  { lerp, start, end }: Window,
  outValues: Float32Array,
  startValues: Float32Array,
  endValues: Float32Array,
  weight: number,
) {
  for (let from = 0; from < outValues.length; from += TILE) {
    const to = Math.min(from + TILE, outValues.length);
    start.set(startValues.subarray(from, to));
    end.set(endValues.subarray(from, to));
    lerp(start.byteOffset, start.byteOffset, end.byteOffset, to - from, weight);
    outValues.set(start.subarray(0, to - from), from);
  }
}

const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
  const { start, end } = inputs as { start: Tensor; end: Tensor };
  const { weight } = attrs as { weight: number };
  const cpu = backend as KernelBackend;

  const out = new Float32Array(start.size);
  const startValues = float32Values(cpu, start);
  const endValues = float32Values(cpu, end);
  const window = openWindow();
  if (window) stream(window, out, startValues, endValues, weight);
  else lerpLoop(out, startValues, endValues, weight);
  return { dataId: cpu.write(out, start.shape, 'float32'), shape: start.shape, dtype: 'float32' };
};

/** The backend keeps what a tensor was made from, which may be a plain array that no op has converted yet. */
function float32Values(cpu: KernelBackend, { dataId }: Tensor): Float32Array {
  const values = cpu.readSync(dataId);
  return values instanceof Float32Array ? values : new Float32Array(values as ArrayLike<number>);
}

/**
 * `Lerp` on the `cpu` backend, whose values are arrays on the JavaScript heap. The result is always a fresh array:
 * `dataSync()` gives out the backend's own, so none of those may ever be written.
 */
export const cpuLerp: LerpKernel = {
  kernelName: 'Lerp',
  backendName: 'cpu',
  kernelFunc,
  path: () => (openWindow() ? 'wasm-simd' : 'js-loop'),
};
