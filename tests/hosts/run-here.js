import { execute } from './execute.js';
import { report } from './report.js';

/** Runs test files in this process or worker thread, with `host` as TEST_HOST. */
export async function runHere(testFiles, host) {
  globalThis.TEST_HOST = host;
  await execute(Object.fromEntries(testFiles.map((path) => [path, () => import(`../${path}`)])), report);
}
