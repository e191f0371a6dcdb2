/**
 * Runs the tests in a page of WebKitGTK, which shares Safari's engine, on a display of its own:
 * `node tests/hosts/webkit.js [--tfjs FOLDER] [--file PATH]... backend...`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { findProgram } from '../../tools/browser/find-program.js';
import { LAST_RESORT_MS } from '../../tools/last-resort.js';
import { requireDriver } from '../runtimes/install.js';
import { runInBrowser } from './browser/run.js';
import { skipHost } from './report.js';

const POLL_MS = 1000;

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
  while (!(await fetch(`${url}/status`).catch(() => false))) {
    if (server.exitCode !== null) throw new Error(`WebKitWebDriver ended with code ${server.exitCode}.`);
    await setTimeout(POLL_MS / 10);
  }
  return { server, url };
}

/** The driver tells nobody that its browser has died, so it is asked. */
async function untilDead(browser) {
  for (;;) {
    await setTimeout(POLL_MS, undefined, { ref: false });
    try {
      await browser.getWindowHandle();
    } catch {
      return 'The browser died';
    }
  }
}

let stop = () => {};
process.once('SIGTERM', () => {
  stop();
  process.exit(1);
});

await runInBrowser(async () => {
  const display = await startDisplay();
  stop = () => display.server.kill();
  const driver = await startDriver(display.name);
  stop = () => {
    driver.server.kill();
    display.server.kill();
  };
  // The driver's own browser, MiniBrowser, is the default.
  const browser = await new Builder()
    .usingServer(driver.url)
    .withCapabilities(new Capabilities({ browserName: 'MiniBrowser' }))
    .build();
  await browser.manage().setTimeouts({ pageLoad: LAST_RESORT_MS });
  return {
    version: `WebKitGTK ${(await browser.getCapabilities()).get('browserVersion')}`,
    open: (url) => browser.get(url),
    death: untilDead(browser),
    close: () => browser.quit().finally(stop),
  };
});
