/** Serves pages to a browser: what the caller answers itself, and beside it all files of the repository. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { modules } from './modules.js';

const files = sirv(fileURLToPath(new URL('../../..', import.meta.url)), { dev: true });

/**
 * With these a page is cross-origin isolated: it has SharedArrayBuffer, so that tfjs loads its threaded build, and a clock
 * of 5 microseconds instead of 100.
 */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export const importMap = (imports = modules) => `<script type="importmap">${JSON.stringify({ imports })}</script>`;

const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

export function send(response, type, content) {
  response.setHeader('Content-Type', types[type]).end(content);
}

/**
 * @param answer gets each request, its path and the response, and returns true if it has answered.
 * @returns the address, and `close()`.
 */
export async function serve(answer, { headers = {}, host = '127.0.0.1' } = {}) {
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { pathname } = new URL(request.url, 'http://localhost');
    if (!(await answer(request, pathname, response))) files(request, response);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  return {
    url: `http://${host}:${server.address().port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
