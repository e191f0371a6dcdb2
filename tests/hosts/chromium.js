/**
 * Runs the tests in a real Chromium, in a page or in a Web Worker:
 * `node tests/hosts/chromium.js [--isolated] [--worker] [--tfjs FOLDER] [--file PATH]... backend...`.
 */
import { launchChromium } from '../../tools/browser/chromium.js';
import { runInBrowser } from './browser/run.js';

await runInBrowser(async () => {
  const browser = await launchChromium();
  const page = await browser.newPage();
  return {
    version: `Chromium ${browser.version()}`,
    open: (url) => page.goto(url),
    close: () => browser.close(),
    death: new Promise((resolve) => {
      page.once('crash', () => resolve('The page crashed'));
      browser.once('disconnected', () => resolve('The browser died'));
    }),
  };
});
