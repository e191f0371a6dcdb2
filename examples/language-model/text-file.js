import { readFileSync, statSync } from 'node:fs';
import { explain, UserError } from '../../tools/errors.js';
import { fewestCharacters } from '../../tools/text/dataset.js';

/** The text is in memory about ten times. */
const mostBytes = 64 * 2 ** 20;

export function readTextFile(path) {
  const refuse = (reason) => {
    throw new UserError(`option '--text <file>': '${path}' ${reason}`);
  };
  const attempt = (read) => {
    try {
      return read();
    } catch (error) {
      return refuse(`cannot be read: ${explain(error)}`);
    }
  };
  // A pipe or a device may have no end.
  const stats = attempt(() => statSync(path));
  if (!stats.isFile()) refuse('cannot be read: it is not a regular file');
  if (stats.size > mostBytes) {
    refuse(`has ${(stats.size / 2 ** 20).toFixed(1)} MiB, but at most ${mostBytes / 2 ** 20} MiB are allowed`);
  }
  const bytes = attempt(() => readFileSync(path));
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
