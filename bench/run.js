/** One run of the benchmark in Node: its heading, its progress, its tables. */
import { efforts } from './compare.js';
import { withSteps } from './progress.js';
import { makePlans, runPlans } from './run-sections.js';
import { formatHeading, formatTable } from './terminal.js';

/**
 * @param setup what is stated beside the figures: the command, the date, the machine, the versions, whether it is
 * short.
 * @param sections by name: what measures, and what reports the result.
 * @returns the setup and the figures, as the JSON holds them.
 */
export async function run(setup, sections, backends) {
  console.log(formatHeading(setup));
  const { short } = setup;
  const measuring = Object.fromEntries(Object.entries(sections).map(([name, { section }]) => [name, section]));
  const { plans, steps } = makePlans(measuring, { backends, short, effort: short ? efforts.short : efforts.full });
  const results = await withSteps(steps, (onStep) => runPlans(plans, onStep));
  for (const [name, { report }] of Object.entries(sections)) {
    for (const table of report.tables(results[name])) console.log(formatTable(table));
  }
  return { ...setup, sections: results };
}

export const toJson = (record) => `${JSON.stringify(record, null, 2)}\n`;
