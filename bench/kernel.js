import { readFileSync } from 'node:fs';
import { do_not_optimize } from 'mitata';
import { lerpLoop } from '../build/loop.js';
import { assertEqual, compare } from './compare.js';
import { randomValues } from './random.js';

const sizes = [1024, 4096, 16384, 65536, 262144, 1 << 20, 1 << 22, 1 << 24];
const WEIGHT = 0.5;

export const title =
  'The bare kernel: out = start + weight * (end - start), in GB/s (12 bytes an element; 8 for the copy)';
export const head = ['elements', 'WASM SIMD', 'JS loop', 'set() copy, the limit', 'SIMD : JS', 'SIMD : copy'];
export const steps = sizes.length;

const module = new WebAssembly.Module(readFileSync(new URL('../build/lerp.wasm', import.meta.url)));

export async function* rows() {
  for (const n of sizes) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((12 * n) / 65536) });
    const { lerp } = new WebAssembly.Instance(module, { env: { memory } }).exports;
    const [out, start, end] = [0, 1, 2].map((i) => new Float32Array(memory.buffer, 4 * n * i, n));
    start.set(randomValues(n, 1));
    end.set(randomValues(n, 2));
    const contenders = {
      simd: { run: () => lerp(out.byteOffset, start.byteOffset, end.byteOffset, n, WEIGHT) },
      loop: { run: () => lerpLoop(out, start, end, WEIGHT) },
    };
    assertEqual(
      Object.fromEntries(
        Object.entries(contenders).map(([name, { run }]) => {
          out.fill(0);
          run();
          return [name, out.slice()];
        }),
      ),
    );
    const ns = await compare({ ...contenders, copy: { run: () => out.set(start) } });
    do_not_optimize(out[n - 1]);
    const rate = { simd: (12 * n) / ns.simd, loop: (12 * n) / ns.loop, copy: (8 * n) / ns.copy };
    yield [
      n.toLocaleString('en'),
      rate.simd.toFixed(1),
      rate.loop.toFixed(1),
      rate.copy.toFixed(1),
      `${(rate.simd / rate.loop).toFixed(1)} x`,
      `${(rate.simd / rate.copy).toFixed(2)} x`,
    ];
  }
}
