/** Serves the tests to one page of a browser, and prints and reports what the page sends back. */
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { readCommandLine } from '../command-line.js';
import { report } from '../report.js';
import { chooseTestFiles } from '../test-files.js';
import { bundleForPage, bundleForWorker } from './bundle.js';
import { wasmPath } from './modules.js';
import { importMap, isolation, send, serve } from './serve.js';

const SILENCE_MS = 240_000;

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
${importMap()}
<script type="module">${script}</script>
`;

/** The command line of a browser host: `[--isolated] [--worker] [--file PATH]... backend...`. */
export const browserHostOptions = () => readCommandLine({ isolated: { type: 'boolean' }, worker: { type: 'boolean' } });

/** @returns where a browser finds the suite, and a promise that it has run; `close()` when done. */
export async function serveTests({ files, backends, isolated = false, worker = false }) {
  const testFiles = chooseTestFiles(['.', 'hosts/browser'], files);
  const chunks = await (worker ? bundleForWorker(testFiles) : bundleForPage(testFiles));
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
      else if (path === '/report') report(JSON.parse(body));
      else if (body === 'ran') settle.resolve();
      else fail(`The page is ${body}`);
    } else if (path === '/') send(response, 'html', html(worker ? start.worker : start.page));
    else if (chunks.has(path)) send(response, 'js', chunks.get(path));
    else return false;
    return true;
  };
  const server = await serve(answer, { headers: isolated ? isolation : {} });

  const host = encodeURIComponent(JSON.stringify({ backends, wasmPath, threads: isolated }));
  return {
    url: `${server.url}?host=${host}`,
    finished,
    close() {
      clearTimeout(silence);
      server.close();
    },
  };
}
