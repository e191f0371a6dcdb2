/**
 * Puts the figures of a run into docs/performance.md, and its plots beside it: `npm run bench:docs -- FILE`, once for each
 * JSON that `npm run bench` or `npm run bench:browser` has written.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { program } from 'commander';
import * as kernel from './report/kernel.js';
import * as start from './report/start.js';
import * as sync from './report/sync.js';
import * as training from './report/training.js';
import { drawSvg } from './svg.js';
import { formatHeading } from './terminal.js';

const reports = { kernel, sync, training, start };
const page = new URL('../docs/performance.md', import.meta.url);
const plots = new URL('../docs/performance/', import.meta.url);

program.name('npm run bench:docs --').argument('<file>', 'JSON of a run').showSuggestionAfterError(false).parse();
const [file] = program.args;

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return program.error(
      `error: argument '${file}' is no JSON of a run (${error.message}): name what --json has written.`,
    );
  }
}

/** Only the first column, and those that hold words, are aligned to the left. */
function markdownTable({ title, note, head, rows }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const isNumber = (_, column) => rows.every((row) => /^[-–\d]/.test(row[column]));
  const rule = head.map((cell, column) => (isNumber(cell, column) ? '--:' : '---'));
  return [`${title}:\n`, line(head), line(rule), ...rows.map(line), ...(note ? ['', note] : [])].join('\n');
}

const record = read();
const prefix = record.machine.engine ? 'browser-' : '';
mkdirSync(plots, { recursive: true });

let text = readFileSync(page, 'utf8');
function replace(name, content) {
  const region = new RegExp(`(<!-- figures: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  text = text.replace(region, (_, begin, end) => `${begin}\n${content}\n\n${end}`);
}

const heading = formatHeading(record).trim();
for (const [section, figures] of Object.entries(record.sections)) {
  const { tables, charts } = reports[section];
  const images = charts(figures).map((chart) => {
    const name = `${prefix}${chart.name}.svg`;
    writeFileSync(new URL(name, plots), drawSvg(chart));
    return `![${chart.title}](performance/${name})`;
  });
  const run = `Measured ${record.date.slice(0, 10)}:\n\n${heading.replaceAll(/^/gm, '    ')}`;
  replace(`${prefix}${section}`, [run, ...tables(figures).map(markdownTable), ...images].join('\n\n'));
}
writeFileSync(page, text);
