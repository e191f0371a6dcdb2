/** Lets the suite, and the package, import another TensorFlow.js than the root's: that of a folder in tests/. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const urlOf = (folder) => new URL(`../${folder}/`, import.meta.url);

/** A copy of the lock that was installed, in node_modules. */
const installedLock = '.installed-lock.json';

/** On the file system of tests/, because a rename must stay on one. */
const build = fileURLToPath(new URL('../../build/', import.meta.url));

/**
 * Installs what the lock of a folder says, unless it is there already. Another host may be doing the same, so it appears whole
 * or not at all.
 */
export function install(folder) {
  const lock = readFileSync(new URL('package-lock.json', urlOf(folder)), 'utf8');
  const installed = fileURLToPath(new URL('node_modules', urlOf(folder)));
  const isInstalled = () => {
    const path = join(installed, installedLock);
    return existsSync(path) && readFileSync(path, 'utf8') === lock;
  };
  if (isInstalled()) return;
  mkdirSync(build, { recursive: true });
  const cwd = mkdtempSync(join(build, 'install-'));
  try {
    for (const name of ['package.json', 'package-lock.json']) cpSync(new URL(name, urlOf(folder)), join(cwd, name));
    // Without scripts: those of tfjs-node would download a native part.
    const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    writeFileSync(join(cwd, 'node_modules', installedLock), lock);
    if (isInstalled()) return;
    try {
      renameSync(installed, join(cwd, 'replaced'));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    try {
      renameSync(join(cwd, 'node_modules'), installed);
    } catch (error) {
      if (!isInstalled()) throw error;
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
