/** How a page finds the modules of this repository that it imports by name: from name to address. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const importMap = (imports) => `<script type="importmap">${JSON.stringify({ imports })}</script>`;

/**
 * The folders to serve, by path. Whole folders, because a module may load other files beside it, such as WebAssembly.
 */
export function foldersOf(imports) {
  const addresses = Object.values(imports).filter((address) => address.startsWith('/'));
  return Object.fromEntries(addresses.map(dirname).map((path) => [path, join(root, path)]));
}
