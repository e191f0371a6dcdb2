/**
 * The compiled pass that sums squares, alone: it sums in the order that it states, in float64, and writes nothing. And
 * its loop.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importSource } from '../../tools/import-source.js';
import { assertBare, buildsOf, instantiate } from '../support/pass-binary.js';
import { mixedValues, randomValues } from '../support/reference.js';

const BLOCK = 16384;

const f = Math.fround;
const square = (value) => f(value * value);

/** Four sums a block: of groups of 16 in float32 at first, unless that overflows. */
function ofBlock(values, fast) {
  const sums = [0, 0, 0, 0];
  for (let from = 0; from < fast; from += 16) {
    for (const l of sums.keys()) {
      const [a, b, c, d] = [0, 4, 8, 12].map((offset) => square(values[from + l + offset]));
      sums[l] += f(f(a + b) + f(c + d));
    }
  }
  for (let i = fast; i < values.length; ++i) sums[i % 4] += values[i] * values[i];
  return sums[0] + sums[2] + (sums[1] + sums[3]);
}

const sizes = [...Array(68).keys(), BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 9, 5 * BLOCK + 3];
const valuesFor = (n) => [randomValues(n, n), mixedValues(n, n).map((v) => (Number.isFinite(v) ? v : 3e38))];

function reference(values) {
  let total = 0;
  for (let from = 0; from < values.length; from += BLOCK) {
    const block = values.subarray(from, from + BLOCK);
    const sum = ofBlock(block, block.length - (block.length % 16));
    total += Number.isFinite(sum) ? sum : ofBlock(block, 0);
  }
  return total;
}

for (const build of buildsOf('sum-of-squares')) {
  const test = suite(`pass ${build}.wasm`);

  test('imports a memory, exports one function, has no data, no global, no start function, and is small', () => {
    assertBare('sum-of-squares', build);
  });

  test('the reference to the last bit, for n = 0 to 67 and around blocks, whatever lies beside', () => {
    const { memory, pass } = instantiate('sum-of-squares', build, 8);
    const all = new Uint8Array(memory.buffer);
    for (const n of sizes) {
      for (const values of valuesFor(n)) {
        all.fill(0xff);
        const at = 4 + 4 * (n % 5);
        all.set(new Uint8Array(values.buffer), at);
        const before = all.slice();
        assert.is(pass(at, n), reference(values), `n = ${n}`);
        assert.is(Buffer.compare(all, before), 0, 'it writes nothing');
      }
    }
  });

  test('up to the last byte of a memory of 4 GiB', () => {
    const { memory, pass } = instantiate('sum-of-squares', build, 65536);
    for (const n of [1, 7, 8, 67]) {
      const values = randomValues(n, n);
      new Float32Array(memory.buffer, 2 ** 32 - 4 * n, n).set(values);
      assert.is(pass(2 ** 32 - 4 * n, n), reference(values), `n = ${n}`);
    }
  });

  test('NaN and infinities', () => {
    const { memory, pass } = instantiate('sum-of-squares', build, 1);
    const values = new Float32Array(memory.buffer, 0, 37);
    values.fill(1);
    for (const i of values.keys()) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        values[i] = bad;
        assert.ok(Object.is(pass(0, 37), bad * bad), `${bad} at ${i}`);
        values[i] = 1;
      }
    }
    assert.is(pass(0, 37), 37);
    values.fill(1e30);
    const large = Math.fround(1e30) ** 2;
    assert.ok(Math.abs(pass(0, 37) / large - 37) < 1e-12, 'no overflow');
  });

  test.run();
}

const test = suite('the loop of sum-of-squares');

test('the reference to the last bit', async () => {
  const { sumOfSquares } = await importSource('src/update/rules/sum-of-squares.ts');
  for (const values of sizes.flatMap(valuesFor)) {
    assert.is(sumOfSquares(values), reference(values), `n = ${values.length}`);
  }
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.ok(Object.is(sumOfSquares(Float32Array.of(1, bad, 1)), bad * bad), `${bad}`);
  }
});

test.run();
