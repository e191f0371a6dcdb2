/**
 * Runs the tests in a page of Firefox:
 * `node tests/hosts/firefox.js [--isolated] [--tfjs FOLDER] [--file PATH]... backend...`.
 */
import { findProgram } from '../../tools/browser/find-program.js';
import { LAST_RESORT_MS } from '../../tools/last-resort.js';
import { requireDriver } from '../runtimes/install.js';
import { runInBrowser } from './browser/run.js';
import { skipHost } from './report.js';

const executablePath = findProgram('firefox', 'firefox-esr') ?? skipHost('not installed');
const puppeteer = requireDriver('puppeteer-core');
const limits = { timeout: LAST_RESORT_MS, protocolTimeout: LAST_RESORT_MS };

await runInBrowser(async () => {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true, ...limits });
  const page = await browser.newPage();
  return {
    version: `Firefox ${(await browser.version()).split('/').at(-1)}`,
    open: (url) => page.goto(url, limits),
    close: () => browser.close(),
    death: new Promise((resolve) => {
      page.once('close', () => resolve('The page crashed'));
      browser.once('disconnected', () => resolve('The browser died'));
    }),
  };
});
