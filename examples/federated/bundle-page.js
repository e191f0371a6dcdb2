import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { folder, packages } from './packages.js';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const importerThere = fileURLToPath(new URL('package.json', folder));

const lookahead = pathOf('../../dist/tfjs-lookahead.js');
const withoutNode = pathOf('page/without-node.js');
const replaced = {
  'tfjs-lookahead': lookahead,
  '@xenova/transformers': withoutNode,
  'isomorphic-wrtc': withoutNode,
  'simple-peer': withoutNode,
};

/** Finds DISCO, and the TensorFlow.js that it uses, in the folder where they are installed. */
const installedThere = {
  name: 'installed-there',
  enforce: 'pre',
  resolveId(id, _importer, options) {
    if (Object.hasOwn(replaced, id)) return replaced[id];
    const isThere = packages.some((start) => id.startsWith(start));
    return isThere ? this.resolve(id, importerThere, { ...options, skipSelf: true }) : null;
  },
};

/** @returns the text of the page's module, with all that it imports. */
export async function bundlePage() {
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [installedThere],
    build: {
      write: false,
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rollupOptions: { input: pathOf('page/main.js') },
    },
  });
  return output[0].code;
}
