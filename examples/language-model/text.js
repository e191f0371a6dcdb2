import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fewestCharacters } from './dataset.js';
import { explain, UserError } from './errors.js';

/** The declarations of the ECMAScript library: those of the DOM are mostly there twice, for pages and for workers. */
export function readTypeScriptDeclarations() {
  const { version } = createRequire(import.meta.url)('typescript/package.json');
  const folder = new URL('lib/', import.meta.resolve('typescript/package.json'));
  const names = readdirSync(folder)
    .filter((name) => /^lib\.es.*\.d\.ts$/.test(name))
    .sort();
  const files = names.map((name) => readFileSync(new URL(name, folder), 'utf8'));
  return {
    source: `lib.es*.d.ts of TypeScript ${version}`,
    // The same licence heads every file; its copies would make the held-out part easier than it is.
    content: files.map((file) => file.replace(/^\/\*!.*?\*\/\s*/s, '')).join('\n'),
  };
}

export function readTextFile(path) {
  const refuse = (reason) => {
    throw new UserError(`option '--text <file>': '${path}' ${reason}`);
  };
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    refuse(`cannot be read: ${explain(error)}`);
  }
  if (bytes.length === 0) refuse('is empty');
  if (bytes.includes(0)) refuse('is not text: it has NUL bytes');
  let content;
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    refuse('is not text in UTF-8');
  }
  const length = [...content.slice(0, 2 * fewestCharacters)].length;
  if (length < fewestCharacters) refuse(`has ${length} characters, but at least ${fewestCharacters} are needed`);
  return { source: path, content };
}
