/** Serves the tests to one page of a browser, and prints what the page sends back. */
import { text } from 'node:stream/consumers';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { install } from '../other-tfjs.js';
import { bundleForPage, bundleForWorker } from './bundle.js';
import { modulesOf, wasmPathOf } from './modules.js';
import { importMap, isolation, send, serve } from './serve.js';

const SILENCE_MS = 240_000;

const failure = `(error) =>
  fetch('/finished', { method: 'POST', body: 'broken: ' + (error.stack ?? error.message ?? 'the tests do not load') })`;

const start = {
  page: `import('/tests/run-in-browser.js' + location.search).catch(${failure});`,
  worker: `new Worker('/tests/run-in-browser.js' + location.search, { type: 'module' }).onerror = ${failure};`,
};

const html = (script, tfjs) => `<!doctype html>
<meta charset="utf-8">
<title>tfjs-lookahead tests</title>
<link rel="icon" href="data:,">
${importMap(modulesOf(tfjs))}
<script type="module">${script}</script>
`;

/** The command line of a browser host: `[--isolated] [--worker] [--tfjs FOLDER] backend...`. */
export function browserHostOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { isolated: { type: 'boolean' }, worker: { type: 'boolean' }, tfjs: { type: 'string' } },
  });
  return { backends: positionals, ...values };
}

/**
 * @param tfjs the folder of another TensorFlow.js than the root's, for a page.
 * @returns where a browser finds the suite, and a promise that it has run; `close()` when done.
 */
export async function serveTests({ backends, isolated = false, worker = false, tfjs }) {
  if (tfjs) install(new URL(`../../../${tfjs}`, import.meta.url));
  const chunks = await (worker ? bundleForWorker() : bundleForPage());
  let settle;
  const finished = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  const fail = (message) => settle.reject(new Error(message));
  const silence = setTimeout(() => fail(`The page has sent nothing for ${SILENCE_MS / 1000} s.`), SILENCE_MS);

  const answer = async (request, path, response) => {
    silence.refresh();
    if (request.method === 'POST') {
      const body = await text(request);
      response.end();
      if (path === '/output') process.stdout.write(stripVTControlCharacters(body));
      else if (body === 'ran') settle.resolve();
      else fail(`The page is ${body}`);
    } else if (path === '/') send(response, 'html', html(worker ? start.worker : start.page, tfjs));
    else if (chunks.has(path)) send(response, 'js', chunks.get(path));
    else return false;
    return true;
  };
  const server = await serve(answer, { headers: isolated ? isolation : {} });

  const host = encodeURIComponent(JSON.stringify({ backends, wasmPath: wasmPathOf(tfjs), threads: isolated }));
  return {
    url: `${server.url}?host=${host}`,
    finished,
    close() {
      clearTimeout(silence);
      server.close();
    },
  };
}
