import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceRegion } from '../tools/page-region.js';

const folder = fileURLToPath(new URL('../docs/experiments', import.meta.url));
const shown = (path) => relative(process.cwd(), path);

export const readJson = (name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));

/** @returns the path, as do the others. */
export function writeFile(name, content) {
  const path = `${folder}/${name}`;
  writeFileSync(path, content);
  return shown(path);
}

/** Puts tables where the page has a place for them. The rest is written by hand. */
export function updatePage(name, tables) {
  const path = `${folder}/${name}.md`;
  const page = Object.entries(tables).reduce(
    (text, [title, table]) => replaceRegion(text, `table: ${title}`, table),
    readFileSync(path, 'utf8'),
  );
  writeFileSync(path, page);
  return shown(path);
}
