import { cpus } from 'node:os';
import { catalogue } from './catalogue.js';
import { parseOptions } from './options.js';
import { updatePage, writeFiles } from './pages.js';
import { withProgress } from './progress.js';
import { forgetRuns, runAll } from './runs.js';

const { names, fresh } = parseOptions(process.argv, Object.keys(catalogue));

process.once('SIGINT', () => {
  console.error('Interrupted: the same command goes on from the runs that are finished.');
  process.exit(130);
});

console.error(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`);
for (const name of names) {
  const experiment = await catalogue[name]();
  if (fresh) forgetRuns(name);
  const results = await withProgress(name, experiment.runs.length, (tell) => runAll(name, experiment.runs, tell));
  const { files, tables } = experiment.present(results);
  console.log(`${name}: ${[...writeFiles(files), updatePage(name, tables)].join(', ')}`);
}
