/**
 * The call for the training kernels where `wasm` is not ready: in a process of its own, in which nobody has started the
 * backend.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const program = `
import * as tf from '@tensorflow/tfjs';
import { registerTrainingKernels } from 'tfjs-lookahead';
const names = () => tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName).join();
const refused = () => {
  const before = names();
  try {
    registerTrainingKernels();
  } catch ({ message }) {
    return [message, names() === before];
  }
};
const results = [refused()];
await import('@tensorflow/tfjs-backend-wasm');
results.push(refused());
await tf.setBackend('wasm');
results.push(registerTrainingKernels().includes('Conv2DBackpropFilter'));
console.log(JSON.stringify(results));
`;

const test = suite('training kernels, not ready');

test('an error says what to do, and nothing has changed', () => {
  const args = ['--input-type=module', '--eval', program];
  const options = { encoding: 'utf8', cwd: fileURLToPath(new URL('../..', import.meta.url)) };
  const [notImported, notStarted, isRegistered] = JSON.parse(
    execFileSync(process.execPath, args, options).trim().split('\n').at(-1),
  );
  for (const [message, isUnchanged] of [notImported, notStarted]) {
    assert.match(message, /no backend 'wasm' is ready.*await tf\.setBackend\('wasm'\)/);
    assert.ok(isUnchanged);
  }
  assert.ok(isRegistered);
});

test.run();
