import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareFolder } from '../../tools/output-folder.js';
import { runProgram } from '../../tools/run-program.js';
import { parseOptions } from './options.js';
import { installDisco } from './packages.js';

const folder = join('out', 'federated');
const processes = 3;

/** Serves the page until `work` is done, which begins when somebody has opened it. */
async function withPage(signal, work) {
  const { servePage } = await import('./serve-page.js');
  const page = await servePage({ signal });
  try {
    const opened = page.opened();
    console.error(`Training starts when you open ${page.url} in a browser on this machine.`);
    await opened;
    return await work(page);
  } finally {
    page.close();
  }
}

await runProgram(async (signal) => {
  const { page: hasPage, ...options } = parseOptions(process.argv);
  prepareFolder(folder);
  await installDisco(signal);

  // Loaded only now, so that a mistake in the options is reported at once.
  const { drawLosses } = await import('./picture.js');
  const { withLosses } = await import('./progress.js');
  const { formatHeading, formatTable } = await import('./report.js');
  const { collectRuns } = await import('./runs.js');
  const { runTraining } = await import('./run-training.js');

  const settings = { ...options, clients: processes + Number(hasPage) };
  console.log(`${formatHeading(settings)}\n`);
  const train = (page) => withLosses(settings, (onFigures) => runTraining({ settings, page, signal, onFigures }));
  const figures = hasPage ? await withPage(signal, train) : await train();
  const runs = collectRuns(settings, figures);
  console.log(`${formatTable(runs)}\n`);

  const files = {
    'results.json': `${JSON.stringify({ settings, runs }, null, 2)}\n`,
    'loss.svg': drawLosses(settings, runs),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  console.log(
    `Written: ${Object.keys(files)
      .map((name) => join(folder, name))
      .join(', ')}`,
  );
});
