/** Two worker threads at once, each with a TensorFlow.js and a Lookahead of its own: neither disturbs the other. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertSameBits, merge, randomValues } from '../../support/reference.js';
import { backends } from '../../support/tf.js';

const STEPS = 200;
const SIZE = 5000;

function expectedWeights({ seed, k, alpha }) {
  let fast = randomValues(SIZE, seed);
  let slow = fast;
  for (let step = 1; step <= STEPS; ++step) {
    const gradient = randomValues(SIZE, seed + step);
    fast = fast.map((w, i) => w + gradient[i]);
    if (step % k === 0) {
      slow = merge(slow, fast, alpha);
      fast = slow;
    }
  }
  return { fast, slow };
}

const test = suite('two worker threads at once');

for (const backend of backends) {
  test(`each has its own weights, on ${backend}`, async () => {
    const tasks = [
      { backend, steps: STEPS, size: SIZE, seed: 1, k: 3, alpha: 0.5 },
      { backend, steps: STEPS, size: SIZE, seed: 1001, k: 5, alpha: 0.8 },
    ];
    const workers = tasks.map(
      (workerData) => new Worker(new URL('./train.worker.js', import.meta.url), { workerData, argv: [] }),
    );
    try {
      await Promise.all(workers.map((worker) => once(worker, 'message'))); // both are ready
      const results = workers.map((worker) => once(worker, 'message'));
      for (const worker of workers) worker.postMessage('start');
      for (const [i, [{ fast, slow }]] of (await Promise.all(results)).entries()) {
        const expected = expectedWeights(tasks[i]);
        assertSameBits(fast, expected.fast, `fast weights of worker ${i}`);
        assertSameBits(slow, expected.slow, `slow weights of worker ${i}`);
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  });
}

test('the two differ, so that a mix-up would show', () => {
  const [one, other] = [1, 1001].map((seed) => expectedWeights({ seed, k: 5, alpha: 0.5 }));
  assert.is.not(one.slow[0], other.slow[0]);
});

test.run();
