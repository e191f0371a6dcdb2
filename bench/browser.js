/** The merges of bench/sync.js in a real Chromium, on every backend that it has: `npm run bench:browser`. */
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import nodeResolve from '@rollup/plugin-node-resolve';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { chromium } from 'playwright-core';
import { rollup } from 'rollup';
import sirv from 'sirv';
import { executablePath } from '../tests/hosts/browser/chromium-path.js';
import { modules, wasmPath } from '../tests/hosts/browser/modules.js';

const backends = ['wasm', 'cpu', 'webgl', 'webgpu'];

const bundle = await rollup({
  input: fileURLToPath(new URL('sync.js', import.meta.url)),
  // What mitata asks for in other runtimes is not there, and it does without.
  external: [...Object.keys(modules), '@mitata/counters', 'bun:jsc'],
  plugins: [nodeResolve({ browser: true })],
});
const { output } = await bundle.generate({ format: 'es' });
await bundle.close();

const files = sirv(fileURLToPath(new URL('..', import.meta.url)), { dev: true });
const page = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports: modules })}</script>`;
const served = { '/': ['text/html', page], '/sync.js': ['text/javascript', output[0].code] };
const server = createServer((request, response) => {
  // Isolated, a page has a clock of 5 microseconds and not of 100, and the threaded build of wasm.
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  const [type, content] = served[request.url] ?? [];
  if (type) response.setHeader('Content-Type', type).end(content);
  else files(request, response);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await chromium.launch({ executablePath: await executablePath(), args: ['--enable-unsafe-webgpu'] });
try {
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const { title, head, steps } = await tab.evaluate(
    async ({ backends, wasmPath }) => {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      setWasmPaths(wasmPath);
      await import('@tensorflow/tfjs-backend-webgpu');
      const sync = await import('/sync.js');
      globalThis.rows = sync.rows(backends);
      return { title: sync.title, head: sync.head, steps: sync.stepsOf(backends) };
    },
    { backends, wasmPath },
  );
  const bar = new SingleBar({ format: '{bar} {value}/{total}', stream: process.stderr, clearOnComplete: true });
  bar.start(steps, 0);
  const table = new Table({ head, style: { head: [], border: [] }, colAligns: head.map(() => 'right') });
  for (let i = 0; i < steps; ++i) {
    table.push(await tab.evaluate(async () => (await globalThis.rows.next()).value));
    bar.increment();
  }
  bar.stop();
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores, Chromium ${browser.version()}, headless, cross-origin isolated (threaded wasm)`,
  );
  console.log(`npm run bench:browser: medians of five interleaved rounds\n\n${title}\n${table}`);
} finally {
  await browser.close();
  server.close();
}
