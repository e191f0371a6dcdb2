/**
 * Runs the tests in a real Chromium, in a page or in a Web Worker:
 * `node tests/hosts/chromium.js [--isolated] [--worker] [--tfjs FOLDER] [--file PATH]... backend...`.
 */
import { launchChromium } from '../../tools/browser/chromium.js';
import { browserHostOptions, serveTests } from './browser/page-server.js';
import { report } from './report.js';

const tests = await serveTests(browserHostOptions());
const browser = await launchChromium();
try {
  report({ version: `Chromium ${browser.version()}` });
  const page = await browser.newPage();
  const lost = new Promise((_, reject) => {
    page.on('crash', () => reject(new Error('The page has crashed.')));
    browser.on('disconnected', () => reject(new Error('The browser has gone.')));
  });
  await page.goto(tests.url);
  await Promise.race([tests.finished, lost]);
} finally {
  await browser.close();
  tests.close();
}
