/**
 * A wasm heap that is really full. TensorFlow.js does not see that `malloc` failed, and goes on with address 0:
 * whatever copies a weight then, or makes one, leaves garbage. So each call gives the right values, or an error
 * before anything has changed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const script = fileURLToPath(new URL('full-heap-merges-process.js', import.meta.url));
let results;

const test = suite('a full wasm heap');

test('it is full', () => {
  results = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim().split('\n').at(-1));
  assert.is(results.full, true);
});

test('withSlowWeights shows the slow weights, and puts the fast ones back', () => {
  const { inside, after, insideAsync, afterAsync, optimizerInside, optimizerAfter } = results;
  assert.equal(
    [inside, insideAsync, optimizerInside],
    [
      [1, 2],
      [1, 2],
      [1, 2],
    ],
  );
  assert.equal(
    [after, afterAsync, optimizerAfter],
    [
      [5, 6],
      [5, 6],
      [5, 6],
    ],
  );
});

test('getWeights gives the right values', () => {
  assert.equal(results.getWeights, [1, 1, 1, 2], 'the counters, then the slow weights');
  const [momentum, slow, cached] = [
    [-4, -4],
    [1, 2],
    [0, 0],
  ];
  assert.equal(results.optimizerGetWeights, [...momentum, ...slow, ...cached]);
});

test('setWeights restores', () => {
  assert.equal(results.setWeights, [1, 1, 5, 6, 1, 2]);
  assert.equal(results.optimizerSetWeights, [5, 6, 1, 2]);
});

test('sync and flush merge, where they overwrite', () => {
  assert.equal(results.sync, [2, 0, 3, 4, 3, 4]);
  assert.equal(results.optimizerFlush, [3, 4, 3, 4]);
});

test('sync says that there is no memory, where the slow weights are shared, and is done when there is', () => {
  assert.match(results.sharedSync, /the wasm backend has no memory left for a tensor of shape \[1000\] \(4000 bytes\)/);
  assert.equal(results.afterSharedSync, [0, 5, 6, 1, 2]);
  assert.equal(results.sharedAgain, [1, 3, 4, 3, 4]);
  assert.equal(results.holders, [1, 2], 'nothing that is held has changed');
});

test('nothing is left over', () => {
  assert.is(results.leaked, 0);
});

test.run();
