/** Lighthouse's judgement of the live page as it is published, on light and on dark. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from 'vite';
import { launchChromium } from '../../tools/browser/chromium.js';
import { serve } from '../../tools/browser/serve.js';
import { LAST_RESORT_MS } from '../../tools/last-resort.js';
import { installRuntimes, requireDriver } from '../runtimes/install.js';

const folder = mkdtempSync(join(tmpdir(), 'lookahead-accessibility-'));
let server;
let lighthouse;

/** Lighthouse drives the browser through a port, which Chromium has to be given. */
async function findFreePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const test = suite('accessibility of the live page');

test.after(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

test('Lighthouse is there, and the page is built and served', async () => {
  assert.is(installRuntimes(), undefined);
  ({ default: lighthouse } = await import(pathToFileURL(requireDriver.resolve('lighthouse'))));
  const root = fileURLToPath(new URL('../../demo', import.meta.url));
  await build({ root, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
  server = await serve({ folders: { '': folder } });
});

for (const [colorScheme, blinkSetting] of [
  ['light', 1],
  ['dark', 0],
]) {
  test(`scores 100, ${colorScheme}`, async () => {
    const port = await findFreePort();
    const browser = await launchChromium([
      `--remote-debugging-port=${port}`,
      `--blink-settings=preferredColorScheme=${blinkSetting}`,
    ]);
    try {
      const { lhr } = await lighthouse(server.url, {
        port,
        onlyCategories: ['accessibility'],
        logLevel: 'silent',
        maxWaitForFcp: LAST_RESORT_MS,
        maxWaitForLoad: LAST_RESORT_MS,
      });
      assert.is(lhr.runtimeError, undefined);
      const faults = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 1);
      const told = faults.map(
        ({ id, details }) => `${id}: ${JSON.stringify(details?.items?.map(({ node }) => node?.snippet))}`,
      );
      assert.is(lhr.categories.accessibility.score, 1, told.join('\n'));
    } finally {
      await browser.close();
    }
  });
}

test.run();
