/** `npm run bench`: everything that is measured in Node. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from 'commander';
import { refuseOptionsThatNpmTook } from '../tools/npm-options.js';
import { wrapped } from '../tools/wrapped.js';
import { jaxOption, jsonOption, plotOption, prepareOutputs, sectionsArgument, shortOption } from './options.js';

const all = ['kernel', 'sync', 'step', 'training', 'fit', 'kernels', 'memory', 'start'];

program
  .name('npm run bench --')
  .description(
    'Times the merge, the fused step, whole training steps and their kernels: the bare pass, memory, the start of a process.',
  )
  .addArgument(sectionsArgument(all))
  .addOption(jsonOption())
  .addOption(plotOption())
  .addOption(jaxOption())
  .addOption(shortOption())
  .showSuggestionAfterError(false);
refuseOptionsThatNpmTook(program, 'npm run bench --');
program.parse();
prepareOutputs(program);
const [chosen] = program.processedArgs;
const { json, plot, jax = false, short = false } = program.opts();

// Loaded only now, so that wrong options are reported at once.
const tf = await import('@tensorflow/tfjs');
tf.env().set('PROD', true); // otherwise tfjs recommends another package in between
await import('@tensorflow/tfjs-backend-wasm');
const { run, toJson } = await import('./run.js');
const { describeSetup } = await import('./setup.js');
const { drawChart } = await import('./draw-chart.js');

const sections = {};
for (const name of all.filter((name) => chosen.includes(name))) {
  sections[name] = { section: await import(`./sections/${name}.js`), report: await import(`./report/${name}.js`) };
}

const command = process.argv.length > 2 ? ['npm run bench --'] : ['npm run bench'];
const setup = describeSetup({ command, tfjs: tf.version.tfjs, short });
const record = await run(setup, sections, {
  backends: ['wasm', 'cpu'],
  extent: short ? 'short' : 'full',
  tf,
  startJax: jax ? await (await import('./jax/install.js')).loadTrainer() : undefined,
});

const written = [];
const write = (path, content) => {
  writeFileSync(path, content);
  written.push(path);
};
// The figures first, because a plot that fails must not lose them.
if (json) write(json, toJson(record));
for (const [name, { report }] of Object.entries(sections)) {
  for (const chart of report.charts(record.sections[name])) write(join(plot, `${chart.name}.svg`), drawChart(chart));
}
if (written.length > 0) console.log(wrapped(`Written: ${written.join(', ')}`));
