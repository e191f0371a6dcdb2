/**
 * Other runtimes, and the drivers of browsers, in a folder of their own: the packages of Node put a `node` into
 * node_modules/.bin, which at the root every npm script would run on.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** By their files, not by npm's links: some of those are scripts that run on the `node` beside them. */
export const runtimes = {
  'node-22': path('node_modules/node-22/bin/node'),
  'node-24': path('node_modules/node-24/bin/node'),
  bun: path('node_modules/bun/bin/bun.exe'), // on every system
  deno: path(`node_modules/deno/deno${process.platform === 'win32' ? '.exe' : ''}`),
};

/** Requires a package that drives a browser. */
export const requireDriver = createRequire(new URL('package.json', import.meta.url));

/** Installs what the lock file says, unless it is there already; returns why that failed, or undefined. */
export function installRuntimes() {
  const lock = readFileSync(path('package-lock.json'), 'utf8');
  const installed = path('node_modules/.installed-lock.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return undefined;
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: path('.'),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    writeFileSync(installed, lock);
  } catch (error) {
    return `npm ci in tests/runtimes: ${error.message}`;
  }
}
