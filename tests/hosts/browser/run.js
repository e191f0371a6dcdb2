/** Runs the tests of the command line in a browser. One that dies is started again, once. */
import { nameOfTest, report } from '../report.js';
import { browserHostOptions, serveTests } from './page-server.js';

/** @returns how the browser died, or undefined if the tests have run to their end. */
async function visit(start, tests) {
  const browser = await start();
  try {
    report({ version: browser.version });
    return await Promise.race([browser.death, browser.open(tests.url()).then(() => tests.finished)]);
  } finally {
    await browser.close().catch(() => {}); // of one that died nothing may be left to close
  }
}

/**
 * @param start starts a browser: gives its `version`, `open(url)`, `close()`, and `death`, a promise of the words that say
 *   how it died. The second one goes on with the suite in which the first died.
 */
export async function runInBrowser(start) {
  let isToEnd = false;
  process.once('SIGTERM', () => {
    isToEnd = true; // the driver closes the browser then
  });
  const tests = await serveTests(browserHostOptions());
  try {
    let death = await visit(start, tests);
    if (!death) return;
    if (isToEnd) throw new Error('The host was told to end.');
    const where = () => (tests.lastBegun() ? `in ${nameOfTest(tests.lastBegun())}` : 'before the first test');
    report({ note: `${death} ${where()}, and was started again.` });
    death = await visit(start, tests);
    if (death) throw new Error(`${death} again, ${where()}.`);
  } finally {
    tests.close();
  }
}
