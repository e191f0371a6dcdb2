/** A real page whose Content-Security-Policy forbids to compile WebAssembly: right results, and no error anywhere. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sirv from 'sirv';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { executablePath } from '../hosts/browser/chromium-path.js';
import { modules } from '../hosts/browser/modules.js';

const test = suite('Content-Security-Policy');
const page = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports: modules })}</script>`;
const files = sirv(fileURLToPath(new URL('../..', import.meta.url)), { dev: true });

/** Trains in a page under this policy, and tells what it said. */
async function trainUnder(policy) {
  const server = createServer((request, response) => {
    response.setHeader('Content-Security-Policy', policy);
    if (request.url === '/') response.setHeader('Content-Type', 'text/html').end(page);
    else files(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: await executablePath() });
  try {
    const tab = await browser.newPage();
    const said = [];
    tab.on('console', (message) => said.push(message.text()));
    tab.on('pageerror', (error) => said.push(error.message));
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    const result = await tab.evaluate(async () => {
      const tf = await import('@tensorflow/tfjs');
      const { Lookahead, lerpPath } = await import('tfjs-lookahead');
      const run = async (backend) => {
        await tf.setBackend(backend);
        const w = tf.variable(tf.tensor1d([0, 8]));
        const lookahead = new Lookahead([w], { k: 1, alpha: 0.25 });
        tf.tidy(() => w.assign(tf.add(w, 4)));
        lookahead.sync();
        return { path: lerpPath(), merged: [...(await w.data())] };
      };
      return { cpu: await run('cpu'), webgl: await run('webgl') };
    });
    return { ...result, said };
  } finally {
    await browser.close();
    server.close();
  }
}

// 0 + 0.25 * 4 and 8 + 0.25 * 4
const merged = [1, 9];
const scripts = "script-src 'self' 'unsafe-inline' data:";

test('that forbids it: the loop', async () => {
  const { cpu, webgl, said } = await trainUnder(scripts);
  assert.equal(cpu, { path: 'js-loop', merged });
  assert.equal(webgl, { path: 'webgl', merged });
  assert.equal(said, []);
});

test("that allows it, with 'wasm-unsafe-eval': the SIMD kernel", async () => {
  const { cpu, said } = await trainUnder(`${scripts} 'wasm-unsafe-eval'`);
  assert.equal(cpu, { path: 'wasm-simd', merged });
  assert.equal(said, []);
});

test.run();
