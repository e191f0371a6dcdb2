/**
 * `npx tfjs-lookahead bench`: whole training steps, the fused step, sync() and the kernel, in less than two minutes, on
 * the TensorFlow.js of the project in which it is called. It is bundled into dist/bench.js, so that the package needs
 * nothing that a user of the optimizer does not need. It is small, because every user downloads it: Node reads its
 * arguments.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../tools/errors.js';
import { printable } from '../tools/printable.js';
import { prepareFile } from './outputs.js';
import * as kernelReport from './report/kernel.js';
import * as stepReport from './report/step.js';
import * as syncReport from './report/sync.js';
import * as trainingReport from './report/training.js';
import { run, toJson } from './run.js';
import * as kernel from './sections/kernel.js';
import * as step from './sections/step.js';
import * as sync from './sections/sync.js';
import * as training from './sections/training.js';
import { describeSetup } from './setup.js';

/** For all measurements. The last that begins in them may end a little later. */
const seconds = 90;

const all = {
  training: { section: training, report: trainingReport },
  step: { section: step, report: stepReport },
  sync: { section: sync, report: syncReport },
  kernel: { section: kernel, report: kernelReport },
};
const names = Object.keys(all);

const help = `Usage: tfjs-lookahead bench [section...] [options]

Times whole training steps with Adam, alone and in Lookahead, then the fused
step, the merge and the bare kernel, on the backends of your project. It takes
up to ${seconds} seconds, and leaves out what a slow machine has no time for.

Sections: ${names.join(', ')} (default: all of them)

Options:
  --json <file>  write the figures there
  --short        few sizes and rounds: shows that all works
  -h, --help     display this`;

/** The packages that bring backends, if they are installed. The first has layers. */
const packages = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-node',
];

/**
 * Resolves from the project, because the only peer of this package is core, and some package managers are strict about
 * that.
 */
const { resolve } = createRequire(join(process.cwd(), 'package.json'));

/** @returns what each of the packages exports, by its name. */
async function loadPackages() {
  tf.env().set('PROD', true);
  const loaded = {};
  for (const name of packages) {
    let path;
    try {
      path = resolve(name);
    } catch {
      continue;
    }
    loaded[name] = (await import(pathToFileURL(path))).default;
  }
  return loaded;
}

function parse() {
  const options = { json: { type: 'string' }, short: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [command, ...sections] = positionals;
    if (values.help || command === undefined) return { help: true };
    if (command !== 'bench') throw new Error(`unknown command '${command}'. There is one: bench`);
    const wrong = sections.find((name) => !names.includes(name));
    if (wrong) throw new Error(`argument '${wrong}' is no section. Allowed are ${names.join(', ')}`);
    if (values.json !== undefined) prepareFile(values.json);
    return { ...values, sections };
  } catch ({ message }) {
    throw new UserError(message);
  }
}

/** For each section, what it needs and lacks here; false if it lacks nothing. */
function missing(backends, layers) {
  const none = backends.length === 0 && 'a backend of TensorFlow.js';
  return { training: none || (!layers && 'the layers of TensorFlow.js'), step: none, sync: none, kernel: false };
}

async function bench({ sections: asked, json, short = false }) {
  const loaded = await loadPackages();
  const backends = ['wasm', 'cpu', 'tensorflow'].filter((name) => tf.findBackendFactory(name));
  const layers = loaded['@tensorflow/tfjs'] ?? loaded['@tensorflow/tfjs-node'];
  const lacks = missing(backends, layers);
  const impossible = asked.find((name) => lacks[name]);
  if (impossible) {
    throw new UserError(
      `argument '${impossible}' needs ${lacks[impossible]}, which ${process.cwd()} does not have. ` +
        'To install it: npm install @tensorflow/tfjs',
    );
  }
  if (!backends.includes('wasm')) {
    console.log('The fastest backend is not here. To measure it too: npm install @tensorflow/tfjs-backend-wasm\n');
  }
  const chosen = names.filter((name) => (asked.length === 0 || asked.includes(name)) && !lacks[name]);
  for (const name of names) {
    if (asked.length === 0 && lacks[name]) console.log(`Left out: ${name}, which needs ${lacks[name]}.`);
  }
  const setup = describeSetup({ command: ['npx tfjs-lookahead'], tfjs: tf.version_core, short });
  const sections = Object.fromEntries(chosen.map((name) => [name, all[name]]));
  const [extent, limit] = short ? ['short'] : ['brief', seconds];
  if (limit) console.log(`This takes up to ${limit} s.\n`);
  const record = await run(setup, sections, { backends, extent, tf: layers }, limit);
  if (json) {
    writeFileSync(json, toJson(record));
    console.log(`Written: ${json}`);
  }
}

try {
  const { help: wantsHelp, ...options } = parse();
  if (wantsHelp) console.log(help);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${printable(error.message)}`);
  process.exitCode = 1;
}
