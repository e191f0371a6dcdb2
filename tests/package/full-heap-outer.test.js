/**
 * A wasm heap of 4 GiB that is really full, in a process of its own: a merge with a fused outer optimizer says so, and
 * changes nothing.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { outerOptimizers } from '../support/outer-optimizers.js';

const script = fileURLToPath(new URL('full-heap-outer-process.js', import.meta.url));

const test = suite('a full wasm heap, outer optimizers');

test('a merge says so, and changes nothing; once there is room it is done when it is repeated', () => {
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  const results = JSON.parse(output.slice(output.indexOf('[')));
  assert.is(results.length, 2 * 2 * Object.keys(outerOptimizers).length);
  for (const { what, message, isUnchanged, goesOn } of results) {
    assert.match(message, /has no memory left for a tensor of shape \[1000\] \(4000 bytes\)\. Dispose tensors/, what);
    assert.ok(isUnchanged, `${what}: weights and the rest are as before`);
    assert.ok(goesOn, `${what}: the same bits as on a heap with room`);
  }
});

test.run();
