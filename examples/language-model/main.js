import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { prepareFolder } from '../../tools/output-folder.js';
import { printable } from '../../tools/printable.js';
import { runProgram } from '../../tools/run-program.js';
import { batchSize, makeDataset, sequenceLength } from '../../tools/text/dataset.js';
import { readTypeScriptDeclarations } from '../../tools/text/typescript-declarations.js';
import { parseOptions } from './options.js';
import { readTextFile } from './text-file.js';

const folder = 'out';

async function main(signal) {
  const options = parseOptions(process.argv);
  const text = options.text === undefined ? readTypeScriptDeclarations() : readTextFile(options.text);
  prepareFolder(folder);

  // Loaded only now, so that a mistake in the options or the text is reported at once.
  const { startBackend } = await import('../../tools/start-backend.js');
  const { runExperiment } = await import('./experiment.js');
  const { layerCount, units } = await import('./model.js');
  const { drawLosses } = await import('./picture.js');
  const { formatConclusion, formatHeading, formatPlan, formatSample, formatSettings, formatTable } = await import(
    './report.js'
  );

  const versions = await startBackend('wasm');
  const dataset = makeDataset(text.content);
  const setup = {
    options,
    text: {
      source: text.source,
      trainingCharacters: dataset.training.length,
      heldOutCharacters: dataset.heldOut.length,
      classes: dataset.classCount,
    },
    model: { layers: layerCount, units, sequenceLength, batchSize },
    versions,
  };
  console.log(`${formatHeading(setup)}\n`);

  const onPlan = (plan) => console.log(`${formatPlan(plan)}\n`);
  const results = await runExperiment(dataset, options, { onPlan, signal });
  const parts = [formatTable, formatConclusion, formatSample].map((format) => format(results));
  console.log(`${parts.join('\n\n')}\n`);

  const files = {
    'results.json': `${JSON.stringify({ ...setup, ...results }, null, 2)}\n`,
    'loss.svg': drawLosses(results, [basename(printable(text.source)), ...formatSettings(options)]),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  console.log(
    `Written: ${Object.keys(files)
      .map((name) => join(folder, name))
      .join(', ')}`,
  );
}

await runProgram(main);
