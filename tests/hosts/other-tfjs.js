/** Lets the suite, and the package, import another TensorFlow.js than the root's: that of a folder in tests/. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const urlOf = (folder) => new URL(`../${folder}/`, import.meta.url);

/** On the file system of tests/, because a rename must stay on one. */
const build = fileURLToPath(new URL('../../build/', import.meta.url));

/** Installs what the lock of a folder says, once. Another host may be doing the same, so it appears whole or not at all. */
export function install(folder) {
  const installed = fileURLToPath(new URL('node_modules', urlOf(folder)));
  if (existsSync(installed)) return;
  mkdirSync(build, { recursive: true });
  const cwd = mkdtempSync(join(build, 'install-'));
  try {
    for (const name of ['package.json', 'package-lock.json']) cpSync(new URL(name, urlOf(folder)), join(cwd, name));
    // Without scripts: those of tfjs-node would download a native part.
    const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    try {
      renameSync(join(cwd, 'node_modules'), installed);
    } catch (error) {
      if (!existsSync(installed)) throw error;
    }
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

export function useTfjsOf(folder) {
  install(folder);
  const hooks = `
    export async function resolve(specifier, context, next) {
      const parentURL = specifier.startsWith('@tensorflow/') ? ${JSON.stringify(urlOf(folder).href)} : context.parentURL;
      return next(specifier, { ...context, parentURL });
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
