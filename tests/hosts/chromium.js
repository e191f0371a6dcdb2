/**
 * Runs the suite in a page of a real Chromium: `node tests/hosts/chromium.js backend...`. The tests are bundled; the
 * package and tfjs are loaded by the page as they are, through an import map.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import nodeResolve from '@rollup/plugin-node-resolve';
import { chromium } from 'playwright-core';
import { rollup } from 'rollup';
import sirv from 'sirv';
import { executablePath } from './chromium-path.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const backends = process.argv.slice(2);

async function bundleTests() {
  const bundle = await rollup({
    input: join(root, 'tests/suite.js'),
    external: [/^@tensorflow\//, 'tfjs-lookahead'],
    plugins: [nodeResolve({ browser: true })],
  });
  await bundle.write({ dir: join(root, 'build/browser-tests'), format: 'es', sourcemap: 'inline' });
  await bundle.close();
}

await bundleTests();
const server = createServer(sirv(root, { dev: true }));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const path = await executablePath();
const browser = await chromium.launch({ executablePath: path, args: ['--enable-unsafe-webgpu'] });
console.log(`Chromium ${browser.version()} (${path})`);
try {
  const page = await browser.newPage();
  page.on('console', (message) => {
    // uvu writes a mark for each test, but in a page each is a message, and a message is a line
    const text = message.text();
    process.stdout.write(text.length < 20 ? text : `${text}\n`);
  });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${server.address().port}/tests/hosts/page.html`);
  await page.evaluate(
    async (host) => {
      globalThis.TEST_HOST = host;
      const { run } = await import('/build/browser-tests/suite.js');
      await run();
    },
    { backends, wasmPath: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/' },
  );
} finally {
  await browser.close();
  server.close();
}
