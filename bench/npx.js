/**
 * `npx tfjs-lookahead bench`: the kernel, sync() and the fused step on the TensorFlow.js of the project it is called in. Bundled into
 * dist/bench.js, so that the package needs nothing that a user of the optimizer does not.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { program } from 'commander';
import { jsonOption, prepareOutputs, sectionsArgument, shortOption } from './options.js';
import * as kernelReport from './report/kernel.js';
import * as stepReport from './report/step.js';
import * as syncReport from './report/sync.js';
import { run, toJson } from './run.js';
import * as kernel from './sections/kernel.js';
import * as step from './sections/step.js';
import * as sync from './sections/sync.js';
import { describeSetup } from './setup.js';

const all = {
  kernel: { section: kernel, report: kernelReport },
  sync: { section: sync, report: syncReport },
  step: { section: step, report: stepReport },
};

/** The packages that bring backends, if they are installed. */
const packages = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-node',
];

/** From the project, because the only peer of this package is core, and some package managers are strict about that. */
const { resolve } = createRequire(join(process.cwd(), 'package.json'));

async function loadBackends() {
  tf.env().set('PROD', true);
  for (const name of packages) {
    let path;
    try {
      path = resolve(name);
    } catch {
      continue;
    }
    await import(pathToFileURL(path));
  }
  return ['wasm', 'cpu', 'tensorflow'].filter((name) => tf.findBackendFactory(name));
}

async function bench(chosen, { json, short = false }, command) {
  prepareOutputs(command);
  const backends = await loadBackends();
  const needsBackend = chosen.find((name) => name !== 'kernel');
  if (needsBackend && backends.length === 0) {
    command.error(
      `error: argument '${needsBackend}' needs a backend of TensorFlow.js, and there is none in ${process.cwd()}. ` +
        'Install one: npm install @tensorflow/tfjs',
    );
  }
  if (!backends.includes('wasm')) {
    console.log('The fastest backend is not here. To measure it too: npm install @tensorflow/tfjs-backend-wasm\n');
  }
  const setup = describeSetup({ command: ['npx tfjs-lookahead'], tfjs: tf.version_core, short });
  const sections = Object.fromEntries(Object.entries(all).filter(([name]) => chosen.includes(name)));
  const record = await run(setup, sections, backends);
  if (json) {
    writeFileSync(json, toJson(record));
    console.log(`Written: ${json}`);
  }
}

program.name('tfjs-lookahead').showSuggestionAfterError(false);
program
  .command('bench')
  .description(
    'Times the merge on this machine, the bare kernel and sync(), and the fused step, on the backends of your project.',
  )
  .addArgument(sectionsArgument(Object.keys(all)))
  .addOption(jsonOption())
  .addOption(shortOption())
  .showSuggestionAfterError(false)
  .action(bench);
await program.parseAsync();
