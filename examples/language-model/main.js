import { basename } from 'node:path';
import { batchSize, makeDataset, sequenceLength } from './dataset.js';
import { UserError } from './errors.js';
import { parseOptions } from './options.js';
import { prepareOutputFolder, writeOutput } from './output-folder.js';
import { readTextFile, readTypeScriptDeclarations } from './text.js';

async function main(signal) {
  const options = parseOptions(process.argv);
  const text = options.text === undefined ? readTypeScriptDeclarations() : readTextFile(options.text);
  prepareOutputFolder();

  // Loaded only now, so that what is wrong with the options or the text is said at once.
  const { startBackend } = await import('./backend.js');
  const { runExperiment } = await import('./experiment.js');
  const { layerCount, units } = await import('./model.js');
  const { drawLosses } = await import('./picture.js');
  const { formatHeading, formatSample, formatSettings, formatLookaheadCost, formatTable } = await import('./report.js');

  const versions = await startBackend(options.backend);
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

  const results = await runExperiment(dataset, options, signal);
  console.log(`${formatTable(results)}\n${formatLookaheadCost(results, options)}\n\n${formatSample(results)}\n`);

  const svg = drawLosses(results, `${basename(text.source)}\n${formatSettings(options)}`);
  const json = JSON.stringify({ ...setup, ...results }, null, 2);
  const paths = [writeOutput('loss.svg', svg), writeOutput('results.json', `${json}\n`)];
  console.log(`Written: ${paths.join(', ')}`);
}

const interruption = new AbortController();
// Once: a second Ctrl-C finds no handler, so that it ends the process whatever it is doing.
process.once('SIGINT', () => interruption.abort());
try {
  await main(interruption.signal);
} catch (error) {
  if (interruption.signal.aborted) {
    console.error('Interrupted: nothing was written.');
    process.exitCode = 130;
  } else if (error instanceof UserError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
