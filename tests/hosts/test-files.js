/** The test files, by their paths in tests/. The folder of a file decides which hosts run it; tests/README.md says how. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';

const tests = new URL('../', import.meta.url);

export const pathOf = (testFile) => fileURLToPath(new URL(testFile, tests));

function search(folder) {
  return readdirSync(new URL(folder, tests), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : search(`${path}/`);
    return entry.name.endsWith('.test.js') ? [path] : [];
  });
}

export const findTestFiles = () => search('./').sort();

/** The files that were named on a command line, fixtures too, or, if none was, all that lie in these folders. */
export function chooseTestFiles(folders, named = []) {
  const all = findTestFiles();
  for (const path of named) {
    if (!existsSync(pathOf(path)))
      throw new Error(`--file ${path}: there is no such test. There are:\n${all.join('\n')}`);
  }
  return named.length > 0 ? named : all.filter((path) => folders.includes(dirname(path)));
}
