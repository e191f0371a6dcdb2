/** Packages of npm in a folder of their own, because beside those of the root they would replace them. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** On the file system of the repository, because a rename must stay on one. */
const build = new URL('../build/', import.meta.url);

/** The record of what was installed, in node_modules. */
const record = 'node_modules/.installed.json';

/**
 * @param folder its URL.
 * @param files package.json and the like, by name: the text of each.
 * @returns whether they were installed there, and nothing else since.
 */
export function areInstalled(folder, files) {
  const path = new URL(record, folder);
  return existsSync(path) && readFileSync(path, 'utf8') === JSON.stringify(files);
}

/**
 * Installs packages, unless they are there already: `node_modules` is all that it makes. Another process may be doing the
 * same, so they appear whole or not at all.
 *
 * @param folder its URL.
 * @param files see {@link areInstalled}.
 * @param command of npm: 'ci' with a lock file, 'install' without. Scripts of the packages do not run.
 * @param signal ends npm, and leaves nothing behind.
 */
export async function installPackages({ folder, files, command, signal }) {
  if (areInstalled(folder, files)) return;
  mkdirSync(build, { recursive: true });
  mkdirSync(folder, { recursive: true });
  const cwd = mkdtempSync(fileURLToPath(new URL('install-', build)));
  const at = (name) => `${cwd}/${name}`;
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
    await npm([command, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, signal });
    writeFileSync(at(record), JSON.stringify(files));
    if (areInstalled(folder, files)) return;
    const installed = new URL('node_modules', folder);
    try {
      renameSync(installed, at('replaced'));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    try {
      renameSync(at('node_modules'), installed);
    } catch (error) {
      if (!areInstalled(folder, files)) throw error;
    }
  } finally {
    // Again if npm, which was ended, has children that still write.
    rmSync(cwd, { recursive: true, force: true, maxRetries: 10 });
  }
}

/**
 * @returns what npm wrote to stdout.
 * @throws Error with all that it wrote, if it failed.
 */
export async function npm(args, options) {
  const child = spawn('npm', args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let failure;
  const closed = new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      failure = error;
    });
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (failure) throw failure;
  if (code !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}
