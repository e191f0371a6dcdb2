import type { DataId, DataType, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Loop, Rule } from '../rules/rule.js';
import { allOverwritten, type Backend, type Path, type Runner } from './backend.js';
import { instantiatePass, newArguments } from './instantiate.js';

/**
 * Floats in a tile. A tile of each array stays in the second-level cache: 64 KiB each, of two to five arrays. It is a multiple
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

/** A rule over whole arrays: new values of the states, in arrays of their own. */
type Compute = (
  states: readonly Float32Array[],
  input: Float32Array,
  scalars: readonly number[],
) => readonly Float32Array[];

/** A rule without states over a whole array. */
type Ask = (input: Float32Array) => number;

/**
 * Streams the arrays of the JavaScript heap tile by tile through a small WebAssembly memory of our own.
 *
 * @throws where WebAssembly SIMD cannot be had.
 */
function throughWindow({ states, modules, combine }: Rule): [Compute, Ask] {
  const count = states.length;
  const memory = new WebAssembly.Memory({ initial: count + 1 }); // a tile is a page
  const pass = instantiatePass(modules, memory);
  const tiles = Array.from({ length: count + 1 }, (_, i) => new Float32Array(memory.buffer, i * TILE_BYTES, TILE));
  const stateTiles = tiles.slice(0, count);
  const inputTile = tiles[count] as Float32Array;
  const args = newArguments();
  tiles.forEach(({ byteOffset }, i) => {
    if (i < count) args[i] = byteOffset;
    args[count + i] = byteOffset;
  });

  const runTile = (states: readonly Float32Array[], input: Float32Array, scalars: readonly number[]) => {
    for (let i = 0; i < count; ++i) stateTiles[i]?.set(states[i] as Float32Array);
    inputTile.set(input);
    args[2 * count + 1] = input.length;
    for (let i = 0; i < scalars.length; ++i) args[2 * count + 2 + i] = scalars[i] as number;
    return pass(args);
  };
  const compute: Compute = (states, input, scalars) => {
    const n = input.length;
    if (n <= TILE) {
      runTile(states, input, scalars);
      return stateTiles.map((tile) => tile.slice(0, n)); // unlike a new array, it is not filled with zeros first
    }
    const outs = states.map(() => new Float32Array(n));
    for (let from = 0; from < n; from += TILE) {
      const to = Math.min(from + TILE, n);
      runTile(
        states.map((values) => values.subarray(from, to)),
        input.subarray(from, to),
        scalars,
      );
      outs.forEach((out, i) => {
        out.set((stateTiles[i] as Float32Array).subarray(0, to - from), from);
      });
    }
    return outs;
  };
  const ask: Ask = (input) => {
    let answer = runTile([], input.subarray(0, TILE), []) as number;
    for (let from = TILE; from < input.length; from += TILE) {
      const next = runTile([], input.subarray(from, from + TILE), []) as number;
      answer = combine?.(answer, next) ?? next;
    }
    return answer;
  };
  return [compute, ask];
}

function inJavaScript(loop: Loop): Compute {
  return (states, input, scalars) => {
    const outs = states.map(({ length }) => new Float32Array(length));
    loop(outs, states, input, scalars);
    return outs;
  };
}

/** The values that the ops of tfjs compute with. `readSync` would first convert it to the dtype of the buffer. */
function float32Values(cpu: CpuBackend, { dataId }: Tensor): Float32Array {
  const { values } = cpu.data.get(dataId);
  return values instanceof Float32Array ? values : new Float32Array(values);
}

/** A cast of int32 or bool to float32 shares the buffer, which would be read as what it was before. */
const canOverwrite = ({ dtype, refCount }: CpuBuffer, owners: number): boolean =>
  dtype === 'float32' && refCount === owners;

/** Fresh arrays, always: `dataSync()` gives out the backend's own, so none of those may ever be written. */
function runnerOf(cpu: CpuBackend, path: Path, compute: Compute, ask?: Ask): Runner {
  return {
    path,
    readsTensors: false,
    reserve(states, _input, owners) {
      let outs: (TensorInfo | undefined)[] | undefined;
      states.forEach(({ dataId, shape }, i) => {
        if (canOverwrite(cpu.data.get(dataId), owners)) return;
        outs ??= [];
        outs[i] = { dataId: cpu.write(NONE, shape, 'float32'), shape, dtype: 'float32' };
      });
      return outs ?? allOverwritten;
    },
    run(states, input, scalars, outs) {
      const values = compute(
        states.map((state) => float32Values(cpu, state)),
        float32Values(cpu, input),
        scalars as number[],
      );
      states.forEach((state, i) => {
        cpu.data.get((outs[i] ?? state).dataId).values = values[i] as Float32Array;
      });
      return outs;
    },
    ...(ask && { ask: (input) => ask(float32Values(cpu, input)) }),
    set(tensor, value, outs) {
      cpu.data.get((outs[0] ?? tensor).dataId).values = Float32Array.of(value);
      return outs;
    },
    copy(from, to) {
      const target = cpu.data.get(to.dataId);
      if (!canOverwrite(target, 1)) return false;
      target.values = float32Values(cpu, from); // the array itself, since none is ever written
      return true;
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
