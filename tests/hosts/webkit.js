/**
 * Runs the tests in a page of WebKitGTK, which shares Safari's engine, on a display of its own:
 * `node tests/hosts/webkit.js [--tfjs FOLDER] [--file PATH]... backend...`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { findProgram } from '../../tools/browser/find-program.js';
import { requireDriver } from '../runtimes/install.js';
import { browserHostOptions, serveTests } from './browser/page-server.js';
import { report, skipHost } from './report.js';

const xvfb = findProgram('Xvfb') ?? skipHost('not installed (Xvfb)');
const webDriver = findProgram('WebKitWebDriver') ?? skipHost('not installed');
const { Builder, Capabilities } = requireDriver('selenium-webdriver');

/** A display that is free: the X server chooses its number, and writes it to the descriptor it is given. */
async function startDisplay() {
  const server = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = await once(server.stdio[3], 'data');
  return { server, name: `:${String(number).trim()}` };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function startDriver(display) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = spawn(webDriver, [`--port=${new URL(url).port}`], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: display, NO_AT_BRIDGE: '1' },
  });
  for (let tries = 0; tries < 50; ++tries) {
    if (await fetch(`${url}/status`).catch(() => false)) return { server, url };
    await setTimeout(100);
  }
  server.kill();
  throw new Error('WebKitWebDriver does not answer.');
}

const started = [];
const stop = () => {
  for (const server of started.reverse()) server.kill();
};
process.once('SIGTERM', () => {
  stop();
  process.exit(1);
});

const tests = await serveTests(browserHostOptions());
let browser;
try {
  const display = await startDisplay();
  started.push(display.server);
  const driver = await startDriver(display.name);
  started.push(driver.server);
  // The driver's own browser, MiniBrowser, is the default.
  browser = await new Builder()
    .usingServer(driver.url)
    .withCapabilities(new Capabilities({ browserName: 'MiniBrowser' }))
    .build();
  report({ version: `WebKitGTK ${(await browser.getCapabilities()).get('browserVersion')}` });
  await browser.get(tests.url);
  await tests.finished;
} finally {
  await browser?.quit();
  tests.close();
  stop();
}
