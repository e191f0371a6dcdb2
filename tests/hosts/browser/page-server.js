/** Serves the tests to one page of a browser, and prints what the page sends back. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import sirv from 'sirv';
import { bundleForPage, bundleForWorker } from './bundle.js';
import { modules, wasmPath } from './modules.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SILENCE_MS = 240_000;

/** With these a page is cross-origin isolated: it has SharedArrayBuffer, so that tfjs loads its threaded build. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const failure = `(error) =>
  fetch('/finished', { method: 'POST', body: 'broken: ' + (error.stack ?? error.message ?? 'the tests do not load') })`;

const start = {
  page: `import('/tests/run-in-browser.js' + location.search).catch(${failure});`,
  worker: `new Worker('/tests/run-in-browser.js' + location.search, { type: 'module' }).onerror = ${failure};`,
};

const html = (script) => `<!doctype html>
<meta charset="utf-8">
<title>tfjs-lookahead tests</title>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: modules })}</script>
<script type="module">${script}</script>
`;

/** The command line of a browser host: `[--isolated] [--worker] backend...`. */
export function browserHostOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { isolated: { type: 'boolean' }, worker: { type: 'boolean' } },
  });
  return { backends: positionals, ...values };
}

/** @returns where a browser finds the suite, and a promise that it has run; `close()` when done. */
export async function serveTests({ backends, isolated = false, worker = false }) {
  const chunks = await (worker ? bundleForWorker() : bundleForPage());
  const files = sirv(root, { dev: true });
  let settle;
  const finished = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  const fail = (message) => settle.reject(new Error(message));
  const silence = setTimeout(() => fail(`The page has sent nothing for ${SILENCE_MS / 1000} s.`), SILENCE_MS);

  const server = createServer(async (request, response) => {
    silence.refresh();
    const { pathname } = new URL(request.url, 'http://localhost');
    if (isolated) for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
    if (request.method === 'POST') {
      const body = await text(request);
      response.end();
      if (pathname === '/output') process.stdout.write(stripVTControlCharacters(body));
      else if (body === 'ran') settle.resolve();
      else fail(`The page is ${body}`);
    } else if (pathname === '/') {
      response.setHeader('Content-Type', 'text/html').end(html(worker ? start.worker : start.page));
    } else if (chunks.has(pathname)) {
      response.setHeader('Content-Type', 'text/javascript').end(chunks.get(pathname));
    } else {
      files(request, response);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  const host = encodeURIComponent(JSON.stringify({ backends, wasmPath, threads: isolated }));
  return {
    url: `http://127.0.0.1:${server.address().port}/?host=${host}`,
    finished,
    close() {
      clearTimeout(silence);
      server.close();
      server.closeAllConnections();
    },
  };
}
