import { execute } from './execute.js';
import { report } from './report.js';

/** Runs test files in this process or worker thread. */
export async function runHere(testFiles, backends) {
  globalThis.TEST_HOST = { backends };
  await execute(Object.fromEntries(testFiles.map((path) => [path, () => import(`../${path}`)])), report);
}
