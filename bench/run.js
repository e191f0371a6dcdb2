/** One run of the benchmark in Node: its heading, its progress, its tables. */
import { withSteps } from './progress.js';
import { makePlans, runPlans } from './run-sections.js';
import { formatHeading, formatTable } from './terminal.js';

/**
 * @param setup what is stated beside the figures: the command, the date, the machine, the versions, whether it is
 * short.
 * @param sections by name: what measures, and what reports the result.
 * @param settings what the sections plan with: the backends, the extent, and all of TensorFlow.js.
 * @param seconds see `runPlans`.
 * @returns the setup and the figures, as the JSON holds them.
 */
export async function run(setup, sections, settings, seconds) {
  console.log(formatHeading(setup));
  const measuring = Object.fromEntries(Object.entries(sections).map(([name, { section }]) => [name, section]));
  const { plans, steps } = makePlans(measuring, settings);
  const results = await withSteps({ steps, seconds }, (onStep) => runPlans(plans, onStep, { seconds }));
  for (const [name, { report }] of Object.entries(sections)) {
    const { leftOut = 0, ...figures } = results[name];
    for (const table of report.tables(figures)) console.log(formatTable(table));
    if (leftOut > 0) console.log(`${name}: there was no time for ${leftOut} more measurements.\n`);
  }
  return { ...setup, sections: results };
}

export const toJson = (record) => `${JSON.stringify(record, null, 2)}\n`;
