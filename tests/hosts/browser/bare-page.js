/** A page of a real Chromium that holds nothing but the import map: what a test evaluates there imports the package by name. */
import { launchChromium } from './chromium-path.js';
import { importMap, send, serve } from './serve.js';

const html = `<!doctype html>
<link rel="icon" href="data:,">
${importMap()}`;

/** @returns what `fn`, evaluated in the page, returns, and all that the page said. */
export async function evaluateInPage(fn, headers = {}) {
  const answer = (_request, path, response) => {
    if (path !== '/') return false;
    send(response, 'html', html);
    return true;
  };
  const server = await serve(answer, { headers });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const said = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(server.url);
    return { result: await page.evaluate(fn), said };
  } finally {
    await browser.close();
    server.close();
  }
}
