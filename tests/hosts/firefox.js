/** Runs the tests in a page of Firefox: `node tests/hosts/firefox.js [--isolated] [--tfjs FOLDER] [--file PATH]... backend...`. */
import { findProgram } from '../../tools/browser/find-program.js';
import { requireDriver } from '../runtimes/install.js';
import { browserHostOptions, serveTests } from './browser/page-server.js';
import { report, skipHost } from './report.js';

const executablePath = findProgram('firefox', 'firefox-esr') ?? skipHost('not installed');
const puppeteer = requireDriver('puppeteer-core');

const tests = await serveTests(browserHostOptions());
const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
try {
  report({ version: `Firefox ${(await browser.version()).split('/').at(-1)}` });
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
