/** The pages of docs/: every code block is type-checked as strict TypeScript, and run. The one for Vite is built. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from 'vite';
import { launchChromium } from '../../tools/browser/chromium.js';
import { serve } from '../../tools/browser/serve.js';
import { compile, root } from '../support/code-blocks.js';
import { blocksOf, isForVite, programsOf, testPrograms } from '../support/page-programs.js';

const { resolve } = createRequire(import.meta.url);

/** The recipes of docs/recipes.md build on each other, and recipes.test.js runs them. */
const pages = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md') && name !== 'recipes.md')
  .map((name) => `docs/${name}`);
const blocks = blocksOf(pages);
const viteProgram = blocks.find(isForVite);
const htmlPages = blocks.filter(({ language }) => language === 'html');

const scriptIn = (page) =>
  [...page.matchAll(/<script type="module">([\s\S]*?)<\/script>/g)].map(([, code]) => code).join('\n');
const globals = `
import * as tf from '@tensorflow/tfjs';
import * as tfLookahead from 'tfjs-lookahead';
`;

async function inPage(open, expression) {
  const browser = await launchChromium();
  try {
    const tab = await browser.newPage();
    const errors = [];
    tab.on('pageerror', ({ message }) => errors.push(message));
    await open(tab);
    return { errors, result: await tab.evaluate(expression).catch(({ message }) => message) };
  } finally {
    await browser.close();
  }
}

/** A page whose scripts come from the CDN, here from the files that it would serve. */
async function openHtml(tab, page) {
  await tab.route('https://cdn.jsdelivr.net/npm/**', (route) => {
    const [, name, path] = /\/npm\/((?:@[^/]+\/)?[^/@]+)[^/]*(?:\/(.+))?$/.exec(route.request().url());
    const packageFile = resolve(`${name}/package.json`);
    const served = path ?? JSON.parse(readFileSync(packageFile, 'utf8')).jsdelivr;
    return route.fulfill({
      path: join(dirname(packageFile), served),
      headers: { 'Access-Control-Allow-Origin': '*' },
    });
  });
  await tab.setContent(page);
}

const test = suite('pages');

test('there are a page and a program for Vite, and every block has a language that is tested here', () => {
  assert.ok(viteProgram);
  assert.ok(htmlPages.length > 0);
  assert.equal(
    blocks.filter(({ language }) => !['js', 'html'].includes(language)),
    [],
  );
});

test('those of a page compile as strict TypeScript, and the compiler knows the package', () => {
  assert.equal(compile(viteProgram.code, ['vite/client']), []);
  for (const { code } of htmlPages) assert.equal(compile(globals + scriptIn(code)), [], code);
  assert.is.not(compile("import { lookahead } from 'tfjs-lookahead'; lookahead(5);").length, 0);
});

testPrograms(test, programsOf(pages));

const result = 'globalThis.result = [tf.getBackend(), tf.add(1, 2).dataSync()[0]];';
const forVite = {
  'in the built page': { 'main.js': `${viteProgram.code}\n${result}` },
  'in a worker of its own, whose format is es': {
    'main.js': `
      const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }) => void (globalThis.result = data);`,
    'worker.js': `${viteProgram.code}\n${result}\npostMessage(globalThis.result);`,
  },
};
for (const [where, files] of Object.entries(forVite)) {
  test(`the program for Vite starts the wasm backend ${where}`, async () => {
    mkdirSync(join(root, 'build'), { recursive: true });
    const folder = mkdtempSync(join(root, 'build/vite-')); // where the packages are found
    try {
      const icon = '<link rel="icon" href="data:,">';
      writeFileSync(join(folder, 'index.html'), `${icon}<script type="module" src="main.js"></script>`);
      for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
      const chunkSizeWarningLimit = Number.POSITIVE_INFINITY;
      await build({
        ...{ root: folder, base: './', logLevel: 'error', configFile: false, build: { chunkSizeWarningLimit } },
        worker: { format: 'es' },
      });
      const server = await serve({ folders: { '': join(folder, 'dist') } });
      const open = async (tab) => {
        await tab.goto(`${server.url}/index.html`);
        await tab.waitForFunction('globalThis.result');
      };
      try {
        assert.equal(await inPage(open, 'result'), { errors: [], result: ['wasm', 3] });
      } finally {
        server.close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('the page without a bundler trains, on wasm', async () => {
  for (const { code } of htmlPages) {
    let printed;
    const open = async (tab) => {
      const line = tab.waitForEvent('console', (message) => message.text().includes('Tensor'));
      await openHtml(tab, code);
      printed = (await line).text();
    };
    const { errors, result } = await inPage(
      open,
      '[tf.getBackend(), tf.getKernel("Conv2DBackpropFilter", "wasm") !== undefined]',
    );
    assert.equal({ errors, result }, { errors: [], result: ['wasm', true] });
    const [prediction] = /[\d.]+/.exec(printed);
    assert.ok(Math.abs(prediction - 7) < 0.01, printed);
  }
});

test.run();
