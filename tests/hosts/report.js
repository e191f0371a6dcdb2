/**
 * The report of a host: to the runner as JSON, a line each, in the file that TEST_REPORT names; to a person on the
 * terminal.
 */
import { appendFileSync } from 'node:fs';

const totals = { passed: 0, failed: 0, skipped: 0 };

export function report(entry) {
  if (process.env.TEST_REPORT) appendFileSync(process.env.TEST_REPORT, `${JSON.stringify(entry)}\n`);
  const { version, files, details, note, finished } = entry;
  if (version) console.log(version);
  if (files) process.exitCode = 1; // until all are executed
  if (details) console.log(`\n${details}`);
  if (note) console.log(note);
  for (const key of Object.keys(totals)) totals[key] += entry[key] ?? 0;
  if (finished) {
    const { passed, failed, skipped } = totals;
    console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    if (passed + failed === 0) console.log('No test of these files is for these backends.');
    process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
  }
}

/** The name of a test that an entry says `began`. */
export const nameOfTest = ({ file, suite, test }) => `tests/${file}, ${suite}: "${test}"`;

/** Ends a host that cannot run on this machine. */
export function skipHost(reason) {
  report({ hostSkipped: reason });
  console.log(`skipped: ${reason}`);
  process.exit(0);
}
