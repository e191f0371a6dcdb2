/** Serves pages to a browser: those that the caller makes, the folders that it names, and no other file. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import sirv from 'sirv';

/**
 * With these a page is cross-origin isolated. It has SharedArrayBuffer, so that tfjs loads its threaded build, and a
 * clock with a resolution of 5 microseconds instead of 100.
 */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const types = { html: 'text/html', js: 'text/javascript', css: 'text/css', json: 'application/json' };

/**
 * @param options.pages what the caller makes: by path, the type (html, js, css or json) and the content.
 * @param options.folders of files, by the path that they are served under.
 * @param options.onPost gets the path and the body of each POST request.
 * @returns the address, and `close()`.
 */
export async function serve({ pages = {}, folders = {}, onPost, headers = {}, host = '127.0.0.1' }) {
  const servers = Object.entries(folders).map(([path, folder]) => ({ path, files: sirv(folder, { dev: true }) }));
  const finish = (response, status) => response.writeHead(status).end();

  async function answer(request, response) {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const [path] = request.url.split('?');
    if (request.method === 'POST' && onPost) {
      onPost(path, await text(request));
      return finish(response, 204);
    }
    if (!['GET', 'HEAD'].includes(request.method)) return finish(response, 405);
    if (Object.hasOwn(pages, path)) {
      const [type, content] = pages[path];
      return response.setHeader('Content-Type', types[type]).end(content);
    }
    const found = servers.find((server) => path.startsWith(`${server.path}/`));
    if (!found) return finish(response, 404);
    request.url = path.slice(found.path.length);
    delete request.headers.range; // no page asks for one, and sirv throws if a range ends before it begins
    return found.files(request, response);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else finish(response, 400);
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const { address, family, port } = server.address();
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
