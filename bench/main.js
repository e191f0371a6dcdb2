/** `npm run bench`: all that is measured in Node. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from 'commander';
import { jsonOption, plotOption, sectionsArgument, shortOption } from './options.js';

const all = ['kernel', 'sync', 'training', 'start'];

program
  .name('npm run bench --')
  .description('Times the merge: the bare kernel, sync(), its share of training, the start of a process.')
  .addArgument(sectionsArgument(all))
  .addOption(jsonOption())
  .addOption(plotOption())
  .addOption(shortOption())
  .showSuggestionAfterError(false)
  .parse();
const [chosen] = program.processedArgs;
const { json, plot, short = false } = program.opts();

// Loaded only now, so that what is wrong with the options is said at once.
const tf = await import('@tensorflow/tfjs');
tf.env().set('PROD', true); // or tfjs recommends another package between the figures
await import('@tensorflow/tfjs-backend-wasm');
const { efforts } = await import('./compare.js');
const { describeMachine } = await import('./machine.js');
const { makePlans, runPlans } = await import('./run-sections.js');
const { drawSvg } = await import('./svg.js');
const { formatHeading, formatTable, withProgress } = await import('./terminal.js');

const names = all.filter((name) => chosen.includes(name));
const load = async (folder) =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await import(`./${folder}/${name}.js`)])));
const [sections, reports] = [await load('sections'), await load('report')];

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const setup = {
  command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  date: new Date().toISOString(),
  machine: describeMachine(),
  versions: { 'tfjs-lookahead': version, tfjs: tf.version.tfjs, Node: process.versions.node, V8: process.versions.v8 },
  short,
};
console.log(formatHeading(setup));

const effort = short ? efforts.short : efforts.full;
const { plans, steps } = makePlans(sections, { backends: ['wasm', 'cpu'], short, effort });
const results = await withProgress(steps, (onStep) => runPlans(plans, onStep));

const written = [];
const write = (path, content) => {
  writeFileSync(path, content);
  written.push(path);
};
for (const name of names) {
  for (const table of reports[name].tables(results[name])) console.log(formatTable(table));
  for (const chart of reports[name].charts(results[name])) write(join(plot, `${chart.name}.svg`), drawSvg(chart));
}
if (json) write(json, `${JSON.stringify({ ...setup, sections: results }, null, 2)}\n`);
if (written.length > 0) console.log(`Written: ${written.join(', ')}`);
