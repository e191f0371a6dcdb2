import type { DataId, DataType, KernelBackend, Tensor } from '@tensorflow/tfjs-core';
import type { Loop, Rule } from '../rules/rule.js';
import type { Backend, Path, Runner } from './backend.js';
import { instantiatePass } from './instantiate.js';

/**
 * Floats in a tile. A tile of each array stays in the second-level cache: 64 KiB each, of one to five arrays. It is a multiple
 * of the block of `sumOfSquares`, whose bits would otherwise depend on the backend.
 */
const TILE = 16384;
const TILE_BYTES = 4 * TILE;

interface CpuBuffer {
  /** A typed array of any kind, or a plain one that no op has converted yet. */
  values: ArrayLike<number>;
  dtype: DataType;
  refCount: number;
}

/** All that we use of the `cpu` backend beside the methods of every backend. */
interface CpuBackend extends KernelBackend {
  data: { get(dataId: DataId): CpuBuffer };
}

/** A rule over whole arrays, those of the states and the input: new values of the states, in arrays of their own. */
type Compute = (arrays: readonly Float32Array[], scalars: readonly number[]) => readonly Float32Array[];

/** A rule without states over a whole array. */
type Ask = (input: Float32Array) => number;

/**
 * Streams the arrays of the JavaScript heap tile by tile through a small WebAssembly memory of our own.
 *
 * @throws where WebAssembly SIMD cannot be had.
 */
function throughWindow(rule: Rule): [Compute, Ask] {
  const count = rule.states.length;
  const memory = new WebAssembly.Memory({ initial: count + 1 }); // a tile is a page
  const { addresses, run } = instantiatePass(rule, memory);
  const tiles = Array.from({ length: count + 1 }, (_, i) => new Float32Array(memory.buffer, i * TILE_BYTES, TILE));
  const stateTiles = tiles.slice(0, count);
  for (const [i, { byteOffset }] of [...stateTiles, ...tiles].entries()) addresses[i] = byteOffset;

  const runTile = (arrays: readonly Float32Array[], scalars: readonly number[], from = 0) => {
    const n = (arrays[0] as Float32Array).length;
    for (let i = 0; i <= count; ++i) {
      const values = arrays[i] as Float32Array;
      tiles[i]?.set(n > TILE ? values.subarray(from, from + TILE) : values);
    }
    return run(Math.min(n - from, TILE), scalars) as number;
  };
  const compute: Compute = (arrays, scalars) => {
    const n = (arrays[0] as Float32Array).length;
    if (n <= TILE) {
      runTile(arrays, scalars);
      return stateTiles.map((tile) => tile.slice(0, n)); // unlike a new array, it is not filled with zeros first
    }
    const outs = stateTiles.map(() => new Float32Array(n));
    for (let from = 0; from < n; from += TILE) {
      runTile(arrays, scalars, from);
      for (const [i, tile] of stateTiles.entries()) outs[i]?.set(tile.subarray(0, n - from), from);
    }
    return outs;
  };
  const ask: Ask = (input) => {
    let answer = runTile([input], []);
    for (let from = TILE; from < input.length; from += TILE) {
      answer = rule.combine?.(answer, runTile([input], [], from)) as number;
    }
    return answer;
  };
  return [compute, ask];
}

const inJavaScript =
  (loop: Loop): Compute =>
  (arrays, scalars) => {
    const outs = arrays.slice(1).map(({ length }) => new Float32Array(length));
    loop(outs, arrays, scalars);
    return outs;
  };

/** The values that the ops of tfjs compute with. `readSync` would first convert it to the dtype of the buffer. */
function float32Values(cpu: CpuBackend, { dataId }: Tensor): Float32Array {
  const { values } = cpu.data.get(dataId);
  return values instanceof Float32Array ? values : new Float32Array(values);
}

/** Fresh arrays, always: `dataSync()` gives out the backend's own, so none of those may ever be written. */
function runnerOf(cpu: CpuBackend, path: Path, compute: Compute, ask?: Ask): Runner {
  return {
    path,
    canOverwrite({ dataId }, owners) {
      const { dtype, refCount } = cpu.data.get(dataId);
      // A cast of int32 or bool to float32 shares the buffer, which would be read as what it was before.
      return dtype === 'float32' && refCount === owners;
    },
    newOut: (shape) => ({ dataId: cpu.write(NONE, shape, 'float32'), shape, dtype: 'float32' }),
    run(states, input, scalars, outs) {
      const arrays: Float32Array[] = [];
      for (const state of states) arrays.push(float32Values(cpu, state));
      arrays.push(float32Values(cpu, input));
      const values = compute(arrays, scalars as number[]);
      states.forEach((state, i) => {
        cpu.data.get((outs[i] ?? state).dataId).values = values[i] as Float32Array;
      });
      return outs;
    },
    ...(ask && { ask: (input) => ask(float32Values(cpu, input)) }),
    copy(from, to) {
      cpu.data.get(to.dataId).values = float32Values(cpu, from); // the array itself, since none is ever written
    },
  };
}

const NONE = new Float32Array(0);

/** The `cpu` backend, whose values are arrays on the JavaScript heap. */
export const cpu: Backend = {
  name: 'cpu',
  open(backend, rule) {
    const cpu = backend as CpuBackend;
    if (!cpu.data) return null;
    try {
      return runnerOf(cpu, 'wasm-simd', ...throughWindow(rule));
    } catch {
      return rule.loop ? runnerOf(cpu, 'js-loop', inJavaScript(rule.loop)) : null;
    }
  },
};
