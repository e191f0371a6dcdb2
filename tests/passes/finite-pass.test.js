/** The compiled pass that looks for NaN and infinities, alone, on a memory that is not its own. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertBare, buildsOf, instantiate } from '../support/pass-binary.js';
import { randomValues, specialValues } from '../support/reference.js';

/** By their bits: infinities, quiet and signaling NaN, with the smallest and the largest payload. */
const nonFinite = [
  ...[0x7f800000, 0xff800000],
  ...[0x7fc00000, 0xffc00000, 0x7fffffff, 0xffffffff],
  ...[0x7f800001, 0xff800001, 0x7fbfffff, 0xffbfffff, 0x7fd5aaaa],
];

const finite = specialValues.filter(Number.isFinite);

/** The pass adds up what it finds over 1,024 bytes at a time, 64 bytes a turn. */
const boundaries = [255, 256, 257, 271, 272, 273, 320, 511, 512, 513, 580];

for (const build of buildsOf('finite')) {
  const test = suite(`pass ${build}.wasm`);

  /** Calls the pass on a range whose neighbours, up to the ends of the memory, are all NaN. */
  function ask({ memory, pass }, at, values) {
    const all = new Uint8Array(memory.buffer);
    all.fill(0xff);
    all.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    const before = all.slice();
    const answer = pass(at, values.length);
    assert.is(Buffer.compare(all, before), 0, 'it writes nothing');
    return answer;
  }

  test('imports a memory, exports one function, has no data, no global, no start function, and is small', () => {
    assertBare('finite', build);
  });

  test('every kind of NaN and both infinities, at every position of 1 to 67 values', () => {
    const { memory, pass } = instantiate('finite', build, 1);
    for (let n = 0; n <= 67; ++n) {
      for (const at of [0, 4, 16, 60]) {
        const bits = new Uint32Array(memory.buffer, at, n);
        bits.set(new Uint32Array(randomValues(n, n).buffer));
        assert.is(pass(at, n), 1, `n = ${n}`);
        for (let i = 0; i < n; ++i) {
          const value = bits[i];
          for (const other of nonFinite) {
            bits[i] = other;
            if (pass(at, n) !== 0) assert.unreachable(`n = ${n}, at ${i}: 0x${other.toString(16)}`);
          }
          bits[i] = value;
        }
        assert.is(pass(at, n), 1, `n = ${n}, as it was`);
      }
    }
  });

  test('at every position around the windows of the pass', () => {
    const { memory, pass } = instantiate('finite', build, 1);
    for (const n of boundaries) {
      const bits = new Uint32Array(memory.buffer, 4, n);
      bits.set(new Uint32Array(randomValues(n, n).buffer));
      assert.is(pass(4, n), 1, `n = ${n}`);
      for (let i = 0; i < n; ++i) {
        const value = bits[i];
        for (const other of nonFinite.slice(0, 3)) {
          bits[i] = other;
          if (pass(4, n) !== 0) assert.unreachable(`n = ${n}, at ${i}: 0x${other.toString(16)}`);
        }
        bits[i] = value;
      }
    }
  });

  test('several of them that could cancel out', () => {
    const instance = instantiate('finite', build, 1);
    for (const n of [2, 4, 16, 64, 256, 300]) {
      const alternating = Float32Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1) * Number.POSITIVE_INFINITY);
      for (const values of [alternating, new Float32Array(n).fill(Number.NaN)]) {
        assert.is(ask(instance, 8, values), 0, `n = ${n}`);
      }
    }
  });

  test('no false alarm for the largest floats, denormals and -0, with NaN right before and behind', () => {
    const instance = instantiate('finite', build, 1);
    for (let n = 0; n <= 67; ++n) {
      for (const value of finite) assert.is(ask(instance, 16, new Float32Array(n).fill(value)), 1, `${n} of ${value}`);
    }
    for (const n of [...boundaries, 10007]) {
      const values = Float32Array.from({ length: n }, (_, i) => finite[i % finite.length]);
      for (const at of [0, 1, 2, 3, 60, 65536 - 4 * n]) {
        assert.is(ask(instance, at, values), 1, `n = ${n}, at byte ${at}`); // nothing need be aligned
      }
    }
  });

  test('addresses above 2^31, and up to the last byte of a memory of 4 GiB', () => {
    const { memory, pass } = instantiate('finite', build, 65536); // untouched pages take no memory
    for (const n of [1, 3, 4, 15, 16, 17, 67, 255, 256, 257, 513]) {
      for (const at of [2 ** 31 - 4 * (n >> 1), 2 ** 32 - 4 * n]) {
        const values = new Float32Array(memory.buffer, at, n);
        values.fill(1);
        assert.is(pass(at, n), 1, `n = ${n}`);
        for (const i of [0, n >> 1, n - 1]) {
          values[i] = Number.NaN;
          assert.is(pass(at, n), 0, `n = ${n}, at ${i}`);
          values[i] = 1;
        }
      }
    }
  });

  test.run();
}
