/** Runs the suite on the oldest TensorFlow.js of the peer range. */
import { useTfjsOf } from './other-tfjs.js';

useTfjsOf(new URL('../tfjs-oldest/', import.meta.url));
const { version } = await import('@tensorflow/tfjs');
console.log(`version: tfjs ${version.tfjs}`);
const { run } = await import('../suite.js');
await run();
