import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * The declarations of the ECMAScript library only, because most of those of the DOM are there twice, for pages and for
 * workers.
 */
export function readTypeScriptDeclarations() {
  const { version } = createRequire(import.meta.url)('typescript/package.json');
  const folder = new URL('lib/', import.meta.resolve('typescript/package.json'));
  const names = readdirSync(folder)
    .filter((name) => /^lib\.es.*\.d\.ts$/.test(name))
    .sort();
  const files = names.map((name) => readFileSync(new URL(name, folder), 'utf8'));
  return {
    source: `lib.es*.d.ts of TypeScript ${version}`,
    // The same licence is at the top of every file. Its copies would make the held-out part easier than it is.
    content: files.map((file) => file.replace(/^\/\*!.*?\*\/\s*/s, '')).join('\n'),
  };
}
