/** Runs the suite in a page of Firefox: `node tests/hosts/firefox.js [--isolated] backend...`. */
import { findProgram } from '../../tools/browser/find-program.js';
import { browserHostOptions, serveTests } from './browser/page-server.js';
import { requireFromRuntimes, skip } from './outside.js';

const executablePath = findProgram('firefox', 'firefox-esr') ?? skip('not installed');
const puppeteer = requireFromRuntimes('puppeteer-core');

const tests = await serveTests(browserHostOptions());
const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
try {
  console.log(`version: Firefox ${(await browser.version()).split('/').at(-1)}`);
  const lost = new Promise((_, reject) => {
    browser.once('disconnected', () => reject(new Error('The browser has gone.')));
  });
  const page = await browser.newPage();
  await page.goto(tests.url);
  await Promise.race([tests.finished, lost]);
} finally {
  await browser.close();
  tests.close();
}
