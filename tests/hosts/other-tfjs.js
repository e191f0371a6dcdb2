/** Lets the suite, and the package, import another TensorFlow.js than the root's: that of a folder in tests/. */
import { readFileSync } from 'node:fs';
import { installPackages } from '../../tools/install-packages.js';
import { resolveFrom } from '../../tools/resolve-from.js';

const urlOf = (folder) => new URL(`../${folder}/`, import.meta.url);

/** Installs what the lock of a folder says, unless it is there already. */
export async function install(name) {
  const folder = urlOf(name);
  const files = Object.fromEntries(
    ['package.json', 'package-lock.json'].map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]),
  );
  await installPackages({ folder, files, command: 'ci' });
}

export async function useTfjsOf(folder) {
  await install(folder);
  resolveFrom(urlOf(folder), ['@tensorflow/']);
}
