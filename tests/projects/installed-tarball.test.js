/** The packed tarball, installed by npm into projects with a bundler or a framework. Each trains in its real target. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { launchChromium } from '../../tools/browser/chromium.js';
import { serve } from '../../tools/browser/serve.js';
import { LAST_RESORT_MS } from '../../tools/last-resort.js';
import { trained, trainedBy } from '../support/trained.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'lookahead-fixtures-'));
let tarball;
let server;
let browser;

const trainedInPage = { cpu: trained, webgl: trainedBy('webgl') };

/** The output of the programs in fixtures/ssr. */
const rendered = {
  window: 'undefined',
  exported: [
    ...[
      'AdamW',
      'Lion',
      'Lookahead',
      'LookaheadOptimizer',
      'NAdam',
      'RAdam',
      'adamW',
      'fused',
      'lerp',
      'lerpPath',
      'lion',
    ],
    ...['lookahead', 'nadam', 'radam', 'registerTrainingKernels', 'stepPath', 'unregisterTrainingKernels'],
  ],
  importing: { compiled: [], globals: [] },
  html: '<p>8, 4</p>',
  compiledToRender: true, // or else the spies had seen nothing on import either
};

const run = promisify(execFile);

async function command(file, args, cwd = project) {
  try {
    return await run(file, args, { cwd, timeout: LAST_RESORT_MS });
  } catch (error) {
    // compilers write to stdout what is wrong
    throw new Error(`${error.message}\n${error.stdout}`);
  }
}

const npm = (args, cwd) => command('npm', args, cwd);
const tool = (name, args, cwd) => command(join(project, 'node_modules/.bin', name), args, cwd);

async function node(...args) {
  const { stdout } = await command(process.execPath, args);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** @returns what a page has trained. It also checks that the page tells of no error. */
async function trainInPage(url) {
  const errors = [];
  const page = await browser.newPage();
  try {
    page.on('pageerror', (error) => errors.push(error.stack));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure().errorText}`));
    await page.goto(url);
    const started = page.waitForFunction(() => globalThis.trained !== undefined);
    const result = await started.then(() => page.evaluate(() => globalThis.trained)).catch((error) => error.message);
    assert.equal(errors, []);
    return result;
  } finally {
    await page.close();
  }
}

const built = (path) => server.url + path;

/** The address that a server prints when it is ready. */
async function addressIn(stream) {
  let output = '';
  for await (const data of stream.iterator({ destroyOnReturn: false })) {
    output += stripVTControlCharacters(data.toString());
    const [address] = /http:\S+/.exec(output) ?? [];
    if (address) {
      stream.resume(); // nobody reads the rest, and a full pipe would stop the server
      return address;
    }
  }
  throw new Error(`no address:\n${output}`);
}

/** A bundle of one line, minified, that leaves tfjs out. */
async function bundleLine(name, line) {
  const entry = `${name}.js`;
  writeFileSync(join(project, entry), line);
  const options = ['--bundle', '--minify', '--format=esm', '--external:@tensorflow/tfjs-core'];
  const { stdout } = await tool('esbuild', [entry, ...options]);
  console.log(`\n  ${line} ${stdout.length} bytes, gzipped ${gzipSync(stdout, { level: 9 }).length}`);
  return stdout;
}

const test = suite('installed tarball');

test.after(async () => {
  await browser?.close();
  server?.close();
  rmSync(project, { recursive: true, force: true });
});

// uvu tells nobody what fails in a hook, so the preparations are tests.
test('the tarball installs', async () => {
  cpSync(fileURLToPath(new URL('../fixtures', import.meta.url)), project, { recursive: true });
  // without prepack, which builds: dist is there, and others may be reading it
  const packed = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', project], root);
  tarball = join(project, JSON.parse(packed.stdout)[0].filename);
  await npm(['ci', '--ignore-scripts']);
  await npm(['install', '--no-save', '--ignore-scripts', tarball]);
});

test('Chromium and a file server start', async () => {
  server = await serve({ folders: { '': project } });
  browser = await launchChromium();
});

test('tfjs 3.21, Node: installs beside it without a conflict, trains, saves and resumes', async () => {
  const folder = join(project, 'tfjs-3');
  await npm(['ci', '--ignore-scripts'], folder);
  await npm(['install', '--no-save', '--ignore-scripts', tarball], folder);
  cpSync(join(project, 'train.js'), join(folder, 'train.js')); // so that it imports what is installed here
  const { version, resumed, uninterrupted, atSaving, ...results } = await node('tfjs-3/main.js');
  assert.is(version, '3.21.0');
  assert.equal(results, { cpu: trained, wasm: trained });
  assert.is(resumed, uninterrupted);
  assert.is.not(resumed, atSaving);
});

test('server rendering in Node: importing has no effect', async () => {
  assert.equal(await node('ssr/in-node.js'), rendered);
});

test('server rendering in Vite: importing has no effect', async () => {
  assert.equal(await node('ssr/in-vite.js'), rendered);
});

test('Vite, the built page', async () => {
  await tool('vite', ['build', 'vite']);
  assert.equal(await trainInPage(built('vite/dist/index.html')), trainedInPage);
});

test("Vite, the development server's page", async () => {
  const vite = join(project, 'node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [vite, 'vite', '--host', '127.0.0.1', '--port', '0'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  try {
    assert.equal(await trainInPage(await addressIn(child.stdout)), trainedInPage);
  } finally {
    child.kill();
    await closed;
  }
});

test('webpack 5', async () => {
  const { stdout } = await tool('webpack', [], join(project, 'webpack'));
  assert.match(stdout, /compiled successfully/); // "with 1 warning" would be in between
  assert.equal(await trainInPage(built('webpack/index.html')), trainedInPage);
});

test('esbuild, in a page', async () => {
  await tool('esbuild', ['train-in-page.js', '--bundle', '--minify', '--outfile=esbuild/dist/bundle.js']);
  assert.equal(await trainInPage(built('esbuild/index.html')), trainedInPage);
});

test('esbuild, in Node', async () => {
  await tool('esbuild', ['node-esm/main.js', '--bundle', '--platform=node', '--outfile=esbuild/dist/bundle.cjs']);
  assert.equal(await node('esbuild/dist/bundle.cjs'), trained);
});

test('script tags', async () => {
  assert.equal(await trainInPage(built('script-tags/index.html')), trainedInPage);
});

test('a bundle has no more in it than it uses', async () => {
  const loop = await bundleLine('loop', "export { Lookahead } from 'tfjs-lookahead';");
  const optimizer = await bundleLine('optimizer', "export { lookahead } from 'tfjs-lookahead';");
  for (const name of ['LookaheadOptimizer', 'pullbackMomentum']) {
    assert.match(optimizer, name);
    assert.not.match(loop, name);
  }
  // A call at the top of a module is kept unless it is marked as pure, and so is an argument with a spread.
  for (const name of ['AdamW', 'SquaredDifference']) {
    for (const code of [loop, optimizer]) assert.not.match(code, name);
  }
  assert.ok(loop.length < 0.5 * optimizer.length);
});

test('the class is registered in Node, and in a bundle that uses it, but not where the import is dropped', async () => {
  const importing = {
    "import 'tfjs-lookahead';": false,
    "import { LookaheadOptimizer } from 'tfjs-lookahead';": false,
    "import { lookahead } from 'tfjs-lookahead'; export const make = () => lookahead('sgd');": true,
    "import { LookaheadOptimizer } from 'tfjs-lookahead'; serialization.registerClass(LookaheadOptimizer);": true,
  };
  const report = `
    import { serialization } from '@tensorflow/tfjs-core';
    console.log(JSON.stringify('Lookahead' in serialization.SerializationMap.getMap().classNameMap));`;
  for (const [line, isKept] of Object.entries(importing)) {
    writeFileSync(join(project, 'registered.js'), line + report);
    assert.is(await node('registered.js'), true, `Node: ${line}`);
    await tool('esbuild', ['registered.js', '--bundle', '--platform=node', '--outfile=registered.cjs']);
    assert.is(await node('registered.cjs'), isKept, `esbuild: ${line}`);
  }
});

test('Jest with jsdom, where TextDecoder and others are missing', async () => {
  await tool('jest', ['--rootDir', 'jest', '--config', '{}', `--testTimeout=${LAST_RESORT_MS}`]);
});

test('arethetypeswrong finds nothing, whatever the resolution', async () => {
  const dist = '/node_modules/tfjs-lookahead/dist/tfjs-lookahead';
  const esm = `${dist}.d.ts`;
  assert.equal(await node('attw.js', tarball), {
    types: { kind: 'included' },
    typesFor: { node10: esm, 'node16-cjs': `${dist}.d.cts`, 'node16-esm': esm, bundler: esm },
    problems: [],
  });
});

test('publint finds nothing in the tarball', async () => {
  const { buffer } = new Uint8Array(readFileSync(tarball)); // a Buffer may lie in a larger one
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  assert.equal(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test.run();
