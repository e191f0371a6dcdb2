import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { serve } from '../../tools/browser/serve.js';
import { UserError } from '../../tools/errors.js';
import { bundlePage } from './bundle-page.js';

/**
 * Serves the page that is a client.
 *
 * @returns its address; `opened()`, a promise that somebody has opened it; `train`, like that of the clients, in the page;
 * and `close()`.
 */
export async function servePage({ signal }) {
  const pages = {
    '/': ['html', readFileSync(new URL('page/index.html', import.meta.url), 'utf8')],
    '/page.js': ['js', await bundlePage()],
  };
  const posts = new EventEmitter();
  const { url, close } = await serve({ pages, onPost: (path, body) => posts.emit(path, JSON.parse(body)) });
  return {
    url,
    close,
    opened: () => once(posts, '/opened', { signal }),
    async train({ tell, ...task }) {
      posts.on('/figures', tell);
      const failed = once(posts, '/failed', { signal }).then(([message]) => {
        throw new UserError(`The page: ${message}`);
      });
      const done = once(posts, '/done', { signal });
      pages['/task'] = ['json', JSON.stringify(task)];
      await Promise.race([done, failed]);
    },
  };
}
