/** Executes test files in whatever host this is: a process, a worker thread, a page. */
globalThis.UVU_DEFER = 1; // uvu then leaves it to us to run the suites

/**
 * @param files for each file a function that imports it.
 * @param report gets the list of the files, the outcome of each suite, and that all is done.
 */
export async function execute(files, report) {
  const paths = Object.keys(files);
  report({ files: paths });
  globalThis.UVU_QUEUE = paths.map(() => []);
  for (const [i, load] of Object.values(files).entries()) {
    globalThis.UVU_INDEX = i;
    await load();
  }
  for (const [i, suites] of globalThis.UVU_QUEUE.entries()) {
    for (const suite of suites) {
      const [errors, passed, skipped, total] = await suite();
      const failed = total - passed;
      // uvu has no text for a hook that failed.
      const details = failed > 0 ? (errors.length ? errors : 'A hook failed before all tests had run.\n') : '';
      report({ file: paths[i], backend: suite.backend, passed, failed, skipped, details });
    }
  }
  report({ finished: true });
}
