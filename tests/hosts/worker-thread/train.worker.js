/** A loop with a Lookahead, as `workerData` says. Says when it is ready, starts when told, and posts the weights. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { Lookahead } from 'tfjs-lookahead';
import { randomValues } from '../../support/reference.js';

const { backend, steps, size, seed, k, alpha } = workerData;
globalThis.TEST_HOST = { backends: [backend] };
const { tf } = await import('../../support/tf.js');

await tf.setBackend(backend);
const weights = tf.variable(tf.tensor1d(randomValues(size, seed)));
const lookahead = new Lookahead([weights], { k, alpha });

parentPort.postMessage('ready');
await once(parentPort, 'message');
for (let step = 1; step <= steps; ++step) {
  tf.tidy(() => weights.assign(tf.add(weights, tf.tensor1d(randomValues(size, seed + step)))));
  lookahead.sync();
}
parentPort.postMessage({ fast: weights.dataSync().slice(), slow: lookahead.slowWeights[0].dataSync().slice() });
