/** A thread that computes runs of one experiment. It is sent their settings. */
import { parentPort, workerData } from 'node:worker_threads';
import { startBackend } from '../tools/start-backend.js';
import { catalogue } from './catalogue.js';

const { backend, run } = await catalogue[workerData]();
await startBackend(backend);

parentPort.on('message', async (settings) => {
  const result = await run(settings, (share) => parentPort.postMessage({ share }));
  parentPort.postMessage({ result });
});
