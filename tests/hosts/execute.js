/** Executes test files in whatever host this is: a process, a worker thread, a page. */
globalThis.UVU_DEFER = 1; // uvu then leaves it to us to run the suites

/**
 * @param files for each file a function that imports it.
 * @param report gets the list of the files, each test that begins, the outcome of each suite, and that all is done. A
 * test may never end, so the report that it begins must have left this host when `report` returns.
 * @param done how many suites, from the first, need not run: they did before this host was started again.
 */
export async function execute(files, report, done = 0) {
  const paths = Object.keys(files);
  report({ files: paths });
  let file;
  // uvu has no hook that tells which test begins, but it writes the name into the context of the suite, a plain object.
  Object.defineProperty(Object.prototype, '__test__', {
    configurable: true,
    set(test) {
      if (test) report({ began: { file, suite: this.__suite__, test } });
    },
  });
  globalThis.UVU_QUEUE = paths.map(() => []);
  for (const [i, load] of Object.values(files).entries()) {
    globalThis.UVU_INDEX = i;
    await load();
  }
  const suites = globalThis.UVU_QUEUE.flatMap((queue, i) => queue.map((suite) => ({ path: paths[i], suite })));
  for (const { path, suite } of suites.slice(done)) {
    file = path;
    const start = performance.now();
    const [errors, passed, skipped, total] = await suite();
    const seconds = (performance.now() - start) / 1000;
    const failed = total - passed;
    // uvu has no text for a hook that failed.
    const details = failed > 0 ? (errors.length ? errors : 'A hook failed before all tests had run.\n') : '';
    report({ file, backend: suite.backend, passed, failed, skipped, seconds, details });
  }
  report({ finished: true });
}
