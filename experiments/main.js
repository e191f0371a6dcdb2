import { cpus } from 'node:os';
import { sum } from 'simple-statistics';
import { withProgress } from '../tools/progress.js';
import { catalogue } from './catalogue.js';
import { parseOptions } from './options.js';
import { updatePage, writeFiles } from './pages.js';
import { forgetRuns, runAll } from './runs.js';

const { names, fresh } = parseOptions(process.argv, Object.keys(catalogue));

function runWithProgress(name, runs) {
  const format = `${name} {bar} {percentage} %  {finished}/${runs.length} runs  {duration_formatted} gone, {eta_formatted} left`;
  const shares = new Array(runs.length).fill(0);
  return withProgress({ format, total: runs.length, initial: { finished: 0 } }, (tell) =>
    runAll(name, runs, (i, share) => {
      shares[i] = share;
      tell(sum(shares), { finished: shares.filter((each) => each === 1).length });
    }),
  );
}

process.once('SIGINT', () => {
  console.error('Interrupted: the same command goes on from the runs that are finished.');
  process.exit(130);
});

console.error(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`);
for (const name of names) {
  const experiment = await catalogue[name]();
  if (fresh) forgetRuns(name);
  const results = await runWithProgress(name, experiment.runs);
  const { files, tables } = experiment.present(results);
  console.log(`${name}: ${[...writeFiles(files), updatePage(name, tables)].join(', ')}`);
}
