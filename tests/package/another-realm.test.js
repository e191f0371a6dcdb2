/**
 * The package in a realm of its own whose `ArrayBuffer` is that of another, as Jest sets it up for every test file.
 * There `instanceof` does not tell what a buffer is.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('another realm');

/** CommonJS in the context, but for Node's own modules. */
function requireIn(context) {
  const loaded = new Map();
  const load = (path) => {
    if (loaded.has(path)) return loaded.get(path).exports;
    const module = { exports: {} };
    loaded.set(path, module);
    const { resolve } = createRequire(path);
    const require = (id) => (resolve(id).startsWith('/') ? load(resolve(id)) : createRequire(path)(id));
    const code = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'utf8')}\n})`;
    runInContext(code, context, { filename: path })(module.exports, require, module, path, dirname(path));
    return module.exports;
  };
  const { resolve } = createRequire(import.meta.url);
  return (id) => load(resolve(id));
}

test('the SIMD kernel is found on cpu and wasm, and merges right', async () => {
  const { console, process, setTimeout, setImmediate, performance, TextEncoder, TextDecoder, atob, Buffer } =
    globalThis;
  const context = createContext({
    ...{ console, process, setTimeout, setImmediate, performance, TextEncoder, TextDecoder, atob, Buffer },
    ...{ ArrayBuffer, Uint8Array },
  });
  runInContext('globalThis.global = globalThis', context);
  const require = requireIn(context);
  const tf = require('@tensorflow/tfjs');
  require('@tensorflow/tfjs-backend-wasm');
  const { Lookahead, lerpPath } = require('tfjs-lookahead');
  tf.env().set('PROD', true);
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const w = tf.variable(tf.tensor1d([0, 8]));
    const lookahead = new Lookahead([w], { k: 1 });
    w.assign(tf.tensor1d([4, 4]));
    lookahead.sync();
    assert.equal([...w.dataSync()], [2, 6], backend);
    assert.is(lerpPath(), 'wasm-simd', backend);
  }
});

test.run();
