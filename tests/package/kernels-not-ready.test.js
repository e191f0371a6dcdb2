/**
 * Calls that ask for `wasm` where it is not ready: in a process of its own, in which nobody has started the backend.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const program = `
import * as tf from '@tensorflow/tfjs';
import { lerpPath, registerTrainingKernels, stepPath } from 'tfjs-lookahead';
const names = () => tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName).join();
await tf.setBackend('cpu');
const calls = [
  registerTrainingKernels,
  () => lerpPath('wasm'),
  () => stepPath(tf.train.adam(), 'wasm'),
];
const refused = () =>
  calls.map((call) => {
    const before = names();
    try {
      call();
    } catch ({ message }) {
      return [message, names() === before && tf.getBackend() === 'cpu' && tf.ones([2]).add(1).dataSync()[0] === 2];
    }
  });
const results = [refused()];
await import('@tensorflow/tfjs-backend-wasm');
results.push(refused());
await tf.setBackend('wasm');
results.push(registerTrainingKernels().includes('Conv2DBackpropFilter'));
console.log(JSON.stringify(results));
`;

const test = suite('training kernels, not ready');

test('an error says what to do, nothing has changed, and the backend that runs goes on', () => {
  const args = ['--input-type=module', '--eval', program];
  const options = { encoding: 'utf8', cwd: fileURLToPath(new URL('../..', import.meta.url)) };
  const [notImported, notStarted, isRegistered] = JSON.parse(
    execFileSync(process.execPath, args, options).trim().split('\n').at(-1),
  );
  for (const [message, isUnchanged] of [...notImported, ...notStarted]) {
    assert.match(message, /no backend 'wasm' is ready.*await tf\.setBackend\('wasm'\)/);
    assert.ok(isUnchanged);
  }
  assert.ok(isRegistered);
});

test.run();
