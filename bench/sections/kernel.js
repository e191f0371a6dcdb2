import { freemem } from 'node:os';
import { bareLerp, lerpLoop } from '../bare-kernel.js';
import { compileLoop, sixteenBytes } from '../c-loop.js';
import { assertSame, compare, efforts } from '../compare.js';
import { randomValues } from '../random.js';

const WEIGHT = 0.5;

const sizes = {
  full: [256, 1024, 4096, 16384, 65536, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26],
  brief: [1024, 65536, 2 ** 20, 2 ** 22],
  short: [256, 65536],
};

/** Three arrays here, three in each C loop, the expected values, and what is in the pipe. */
const bytesFor = (n) => 4 * n * 13;

/** The bare kernel on arrays of several sizes, beside the limits of the machine. */
export function plan({ extent }) {
  const loops = { c: compileLoop(), c16: compileLoop(sixteenBytes) };
  return {
    tasks: { sizes: sizes[extent].map((n) => () => measureSize(n, loops, efforts[extent])) },
    about: { c: loops.c.compiler ?? loops.c.missing },
    dispose() {
      for (const { dispose } of Object.values(loops)) dispose?.();
    },
  };
}

async function measureSize(n, loops, effort) {
  if (bytesFor(n) > freemem()) {
    return { elements: n, skipped: `needs ${Math.ceil(bytesFor(n) / 2 ** 20)} MiB of free memory` };
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil((12 * n) / 65536) });
  const lerp = bareLerp(memory);
  const [out, start, end] = [0, 1, 2].map((i) => new Float32Array(memory.buffer, 4 * n * i, n));
  start.set(randomValues(n, 1));
  end.set(randomValues(n, 2));
  const contenders = {
    simd: { run: () => lerp(out.byteOffset, start.byteOffset, end.byteOffset, n, WEIGHT) },
    js: { run: () => lerpLoop(out, start, end, WEIGHT) },
  };

  contenders.js.run();
  const expected = out.slice();
  out.fill(0);
  contenders.simd.run();
  assertSame('WASM SIMD', out, expected);
  const inC = {};
  for (const [name, { start: startLoop }] of Object.entries(loops)) {
    if (!startLoop) continue;
    inC[name] = await startLoop(start, end);
    assertSame(name, inC[name].result, expected);
  }
  try {
    const ns = await compare({ ...contenders, ...inC, copy: { run: () => out.set(start) } }, effort);
    assertSame('set()', out, start); // it was the last to write `out`
    return { elements: n, ns };
  } finally {
    for (const loop of Object.values(inC)) await loop.end();
  }
}
