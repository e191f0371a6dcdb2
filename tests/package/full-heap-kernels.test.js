/** The kernels for training on a wasm heap that is really full: an error before anything is written. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const script = fileURLToPath(new URL('full-heap-kernels-process.js', import.meta.url));

const test = suite('training kernels on a full wasm heap');

test('each says so, writes nothing, leaves nothing, and works again afterwards', () => {
  const { messages, unchanged, left, inputs, again } = JSON.parse(
    execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim().split('\n').at(-1),
  );
  assert.is(Object.keys(messages).length, 13);
  for (const [name, message] of Object.entries(messages)) {
    assert.match(message, new RegExp(`^${name}: the wasm backend has no memory left for a tensor of shape `));
  }
  assert.ok(unchanged, 'what is at address 0');
  assert.equal(left, { numTensors: 0, inBackend: 0 });
  assert.ok(inputs, 'the inputs');
  assert.is(again, 4 * 31 * 31);
});

test.run();
