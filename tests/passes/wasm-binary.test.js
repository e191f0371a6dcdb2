/** The compiled kernel alone, on a memory that is not its own: it must read and write nothing but its three ranges. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertSameBits, lerp as lerpReference, randomValues, specialValues } from '../support/reference.js';
import { sectionIds } from '../support/sections.js';

const read = (name) => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));

for (const name of ['lerp', 'lerp.threads', 'lerp.debug']) {
  const test = suite(`kernel ${name}.wasm`);
  const module = new WebAssembly.Module(read(name));
  const instantiate = (pages) => {
    const shared = name === 'lerp.threads';
    const memory = new WebAssembly.Memory({ initial: pages, ...(shared ? { maximum: 65536, shared } : {}) });
    return { memory, lerp: new WebAssembly.Instance(module, { env: { memory } }).exports.lerp };
  };

  test('imports a memory, exports one function, and is under 1 KB', () => {
    assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
    assert.equal(WebAssembly.Module.exports(module), [{ name: 'lerp', kind: 'function' }]);
    assert.ok(read(name).length < 1024, `${read(name).length} bytes`);
  });

  test('has no data segment, no global, no start function', () => {
    const sections = sectionIds(read(name));
    for (const id of [6, 8, 11]) assert.not(sections.includes(id), `section ${id}`);
    assert.ok(sections.includes(10), 'but it has code');
  });

  test('property: the reference within the output, and every byte outside it as it was', () => {
    const { memory, lerp } = instantiate(1);
    const bytes = new Uint8Array(memory.buffer);
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.tuple(fc.nat(64), fc.nat(64), fc.nat(64)), // gaps of any number of bytes: nothing need be aligned
        fc.constantFrom('apart', 'onto start', 'onto end'),
        fc.oneof(fc.constantFrom(0, 1, 0.5), fc.float({ noNaN: true })),
        fc.nat(1000),
        (n, gaps, where, weight, seed) => {
          bytes.set(Uint8Array.from({ length: 4096 }, (_, i) => i * 31 + seed));
          const startAt = gaps[0];
          const endAt = startAt + 4 * n + gaps[1];
          const outAt = { apart: endAt + 4 * n + gaps[2], 'onto start': startAt, 'onto end': endAt }[where];
          const start = randomValues(n, seed);
          const end = Float32Array.from(randomValues(n, seed + 1), (v, i) =>
            i % 7 === 0 ? (specialValues[i % 14] ?? v) : v,
          );
          bytes.set(new Uint8Array(start.buffer), startAt);
          bytes.set(new Uint8Array(end.buffer), endAt);
          const expected = bytes.slice();
          lerp(outAt, startAt, endAt, n, weight);
          const out = new Float32Array(bytes.slice(outAt, outAt + 4 * n).buffer);
          assertSameBits(out, lerpReference(start, end, weight));
          expected.set(bytes.subarray(outAt, outAt + 4 * n), outAt);
          assert.is(Buffer.compare(bytes, expected), 0, 'bytes outside the output');
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });

  test('up to the last byte of the memory', () => {
    const { memory, lerp } = instantiate(1);
    const floats = new Float32Array(memory.buffer);
    floats[16383] = 8;
    lerp(65532, 65532, 0, 1, 0.5);
    assert.is(floats[16383], 4);
  });

  test.run();
}
