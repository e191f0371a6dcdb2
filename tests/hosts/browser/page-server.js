/** Serves the tests to one page of a browser, and prints and reports what the page sends back. */
import { stripVTControlCharacters } from 'node:util';
import { foldersOf, importMap } from '../../../tools/browser/import-map.js';
import { modulesOf, wasmPathOf } from '../../../tools/browser/modules.js';
import { isolation, serve } from '../../../tools/browser/serve.js';
import { readCommandLine } from '../command-line.js';
import { install } from '../other-tfjs.js';
import { report } from '../report.js';
import { chooseTestFiles } from '../test-files.js';
import { bundleForPage, bundleForWorker } from './bundle.js';

const failure = `(error) =>
  fetch('/finished', { method: 'POST', body: 'broken: ' + (error.stack ?? error.message ?? 'the tests do not load') })`;

const start = {
  page: `import('/tests/run-in-browser.js' + location.search).catch(${failure});`,
  worker: `new Worker('/tests/run-in-browser.js' + location.search, { type: 'module' }).onerror = ${failure};`,
};

const html = (modules, script) => `<!doctype html>
<meta charset="utf-8">
<title>tfjs-lookahead tests</title>
<link rel="icon" href="data:,">
${importMap(modules)}
<script type="module">${script}</script>
`;

/** The command line of a browser host: `[--isolated] [--worker] [--tfjs FOLDER] [--file PATH]... backend...`. */
export const browserHostOptions = () =>
  readCommandLine({ isolated: { type: 'boolean' }, worker: { type: 'boolean' }, tfjs: { type: 'string' } });

/**
 * @param options.tfjs the folder in tests/ of another TensorFlow.js than the root's, for a page.
 * @returns `url()`, where a browser finds the suites that have not run yet; `finished`, a promise that all have;
 *   `lastBegun()`, the test that began last; `close()`.
 */
export async function serveTests({ files, backends, brief, isolated = false, worker = false, tfjs }) {
  if (worker && tfjs)
    throw new Error(`--tfjs ${tfjs}: a Web Worker runs on the TensorFlow.js of the root. Leave out --worker.`);
  if (tfjs) await install(tfjs);
  const folder = tfjs && `/tests/${tfjs}`;
  const modules = modulesOf(folder);
  const testFiles = chooseTestFiles(['.', 'hosts/browser'], files);
  const chunks = await (worker ? bundleForWorker(testFiles) : bundleForPage(testFiles));
  let settle;
  const finished = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  let begun;
  let done = 0;

  const server = await serve({
    pages: { '/': ['html', html(modules, worker ? start.worker : start.page)], ...chunks },
    folders: foldersOf(modules),
    onPost(path, body) {
      if (path === '/output') process.stdout.write(stripVTControlCharacters(body));
      else if (path === '/report') {
        const entry = JSON.parse(body);
        if (entry.began) begun = entry.began;
        if ('passed' in entry) ++done;
        report(entry);
      } else if (body === 'ran') settle.resolve();
      else settle.reject(new Error(`The page is ${body}`));
    },
    headers: isolated ? isolation : {},
  });

  const host = encodeURIComponent(JSON.stringify({ backends, brief, wasmPath: wasmPathOf(folder), threads: isolated }));
  return {
    url: () => `${server.url}?host=${host}&done=${done}`,
    finished,
    lastBegun: () => begun,
    close: server.close,
  };
}
