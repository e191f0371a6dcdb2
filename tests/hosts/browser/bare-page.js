/** A page of a real Chromium that holds nothing but the import map: what a test evaluates there imports the package by name. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sirv from 'sirv';
import { executablePath } from './chromium-path.js';
import { modules } from './modules.js';

const files = sirv(fileURLToPath(new URL('../../..', import.meta.url)), { dev: true });
const html = `<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: modules })}</script>`;

/** @returns what `fn`, evaluated in the page, returns, and all that the page said. */
export async function evaluateInPage(fn, headers = {}) {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.url === '/') response.setHeader('Content-Type', 'text/html').end(html);
    else files(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: await executablePath() });
  try {
    const page = await browser.newPage();
    const said = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return { result: await page.evaluate(fn), said };
  } finally {
    await browser.close();
    server.close();
  }
}
