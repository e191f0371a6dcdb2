/**
 * Runs the suite on an oldest TensorFlow.js of the peer range, by default that of version 4:
 * `node tests/hosts/tfjs-oldest.js [--tfjs FOLDER] backend...`.
 */
import { parseArgs } from 'node:util';
import { useTfjsOf } from './other-tfjs.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tfjs: { type: 'string', default: 'tests/tfjs-oldest/' } },
});
if (positionals.length > 0) globalThis.TEST_HOST = { backends: positionals };
useTfjsOf(new URL(`../../${values.tfjs}`, import.meta.url));

const { tfjsLacks } = await import('../support/tfjs-lacks.js');
if (tfjsLacks('wasm in a Node that has fetch')) delete globalThis.fetch;
const { version } = await import('@tensorflow/tfjs');
console.log(`version: tfjs ${version.tfjs}`);
const { run } = await import('../suite.js');
await run();
