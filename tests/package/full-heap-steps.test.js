/** A wasm heap of 4 GiB that is really full, in a process of its own: a step says so, and changes nothing. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { innerOptimizers } from '../support/inner-optimizers.js';
import { ownOptimizers } from '../support/package-optimizers.js';

const script = fileURLToPath(new URL('full-heap-steps-process.js', import.meta.url));

const test = suite('a full wasm heap');

test('a step says so, and changes nothing; once there is room it goes on as tfjs would', () => {
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  const results = JSON.parse(output.slice(output.indexOf('[')));
  assert.equal(
    results.map(({ key }) => key),
    [...Object.keys(innerOptimizers), ...Object.keys(ownOptimizers)],
  );
  for (const { key, message, isUnchanged, goesOn, inPlace } of results) {
    assert.match(message, /has no memory left for a tensor of shape \[\d+\] \(\d+ bytes\)\. Dispose tensors/, key);
    assert.ok(isUnchanged, `${key}: weights, slots and the rest are as before`);
    assert.ok(goesOn, `${key}: the same bits as tfjs, once there is room`);
    assert.ok(inPlace, `${key}: where no room is needed it steps, full or not`);
  }
});

test.run();
