/**
 * Puts the figures of a run into docs/performance/tables.md, and its plots beside it: `npm run bench:docs -- FILE`, once
 * for each JSON file that `npm run bench` or `npm run bench:browser` has written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { program } from 'commander';
import { markdownTable } from '../tools/markdown-table.js';
import { replaceRegion } from '../tools/page-region.js';
import { drawChart } from './draw-chart.js';
import * as fit from './report/fit.js';
import * as kernel from './report/kernel.js';
import * as kernels from './report/kernels.js';
import * as memory from './report/memory.js';
import * as start from './report/start.js';
import * as step from './report/step.js';
import * as sync from './report/sync.js';
import * as training from './report/training.js';
import { formatHeading } from './terminal.js';

const reports = { kernel, sync, step, training, fit, kernels, memory, start };
const folder = new URL('../docs/performance/', import.meta.url);
const page = new URL('tables.md', folder);

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

const describe = ({ title, note, head, rows }) => [`${title}:`, markdownTable(head, rows), ...(note ? [note] : [])];

const record = read();
const prefix = record.machine.engine ? 'browser-' : '';
const run = `Measured ${record.date.slice(0, 10)}:\n\n${formatHeading(record).trim().replaceAll(/^/gm, '    ')}`;

let text = readFileSync(page, 'utf8');
const drawn = [];
for (const [section, figures] of Object.entries(record.sections)) {
  const { tables, charts } = reports[section];
  const images = charts(figures).map((chart) => {
    const name = `${prefix}${chart.name}.svg`;
    drawn.push([name, drawChart(chart)]);
    return `![${chart.title}](${name})`;
  });
  const content = [run, ...tables(figures).flatMap(describe), ...images].join('\n\n');
  text = replaceRegion(text, `figures: ${prefix}${section}`, content);
}

for (const [name, svg] of drawn) writeFileSync(new URL(name, folder), svg);
writeFileSync(page, text);
