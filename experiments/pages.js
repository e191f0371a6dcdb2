import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../docs/experiments', import.meta.url));
const shown = (path) => relative(process.cwd(), path);

/** @returns the paths written. */
export function writeFiles(files) {
  return Object.entries(files).map(([name, content]) => {
    const path = `${folder}/${name}`;
    writeFileSync(path, content);
    return shown(path);
  });
}

/** Puts tables where the page has a place for them, between a pair of comments. The rest is written by hand. */
export function updatePage(name, tables) {
  const path = `${folder}/${name}.md`;
  const page = Object.entries(tables).reduce(
    (text, [title, table]) => {
      const [start, end] = [`<!-- table: ${title} -->\n`, '<!-- end of table -->'];
      const from = text.indexOf(start);
      const to = text.indexOf(end, from);
      if (from < 0 || to < 0) throw new Error(`${shown(path)} has no place for the table '${title}': ${start.trim()}`);
      return `${text.slice(0, from + start.length)}\n${table}\n\n${text.slice(to)}`;
    },
    readFileSync(path, 'utf8'),
  );
  writeFileSync(path, page);
  return shown(path);
}
