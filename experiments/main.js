import { cpus } from 'node:os';
import { sum } from 'simple-statistics';
import { withProgress } from '../tools/progress.js';
import { catalogue } from './catalogue.js';
import { toJson } from './format.js';
import { parseOptions } from './options.js';
import { readJson, updatePage, writeFile } from './pages.js';
import { forgetRuns, runAll } from './runs.js';

const { names, fresh, redraw } = parseOptions(process.argv, Object.keys(catalogue));

function runWithProgress(name, runs) {
  const format = `${name} {bar} {percentage} %  {finished}/${runs.length} runs  {duration_formatted} gone, {left} left`;
  const shares = new Array(runs.length).fill(0);
  return withProgress({ format, total: runs.length, initial: { finished: 0 } }, (tell) =>
    runAll(name, runs, (i, share) => {
      shares[i] = share;
      tell(sum(shares), { finished: shares.filter((each) => each === 1).length });
    }),
  );
}

/** @returns the paths written. */
async function writeRecords(name, { runs, record }) {
  if (fresh) forgetRuns(name);
  const results = await runWithProgress(name, runs);
  return Object.entries(record(results)).map(([file, content]) => writeFile(file, toJson(content)));
}

process.once('SIGINT', () => {
  console.error('Interrupted: the same command goes on from the runs that are finished.');
  process.exit(130);
});

console.error(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`);
for (const name of names) {
  const experiment = await catalogue[name]();
  const written = redraw ? [] : await writeRecords(name, experiment);
  const { pictures, tables } = experiment.present(readJson);
  written.push(...Object.entries(pictures).map(([file, svg]) => writeFile(file, svg)), updatePage(name, tables));
  console.log(`${name}: ${written.join(', ')}`);
}
