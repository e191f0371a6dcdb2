/**
 * A page of a real Chromium that holds nothing but the import map. A test evaluates code there, which imports the
 * package by name.
 */
import { launchChromium } from '../../../tools/browser/chromium.js';
import { foldersOf, importMap } from '../../../tools/browser/import-map.js';
import { modules } from '../../../tools/browser/modules.js';
import { serve } from '../../../tools/browser/serve.js';

const html = `<!doctype html>
<link rel="icon" href="data:,">
${importMap(modules)}`;

/** @returns what `fn`, evaluated in the page, returns, and all that the page said. */
export async function evaluateInPage(fn, headers = {}) {
  const server = await serve({ pages: { '/': ['html', html] }, folders: foldersOf(modules), headers });
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
