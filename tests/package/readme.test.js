/** The README and the pages of docs/: every code block is type-checked as strict TypeScript, and run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from 'vite';
import { launchChromium } from '../../tools/browser/chromium.js';
import { serve } from '../../tools/browser/serve.js';
import { codeBlocks, compile, compilerOptions, read, root, withoutCode } from '../support/code-blocks.js';

const { resolve } = createRequire(import.meta.url);
const markdownIn = (folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

const pages = ['README.md', ...markdownIn('docs')];
/** Whose links are followed. */
const linking = [
  ...pages,
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'tests/README.md',
  ...markdownIn('docs/performance'),
  ...markdownIn('docs/experiments'),
];

/** Those of docs/recipes.md build on each other: recipes.test.js runs them. */
const blocks = pages
  .filter((page) => page !== 'docs/recipes.md')
  .flatMap((page) => codeBlocks(read(page)).map((block, i) => ({ name: `${page}, block ${i + 1}`, ...block })));
const isForVite = ({ code }) => code.includes('?url');
const programs = blocks.filter((block) => block.language === 'js' && !isForVite(block));
const viteProgram = blocks.find(isForVite);
const htmlPages = blocks.filter(({ language }) => language === 'html');

/** What a snippet without imports takes for granted, and what it leaves for the test to see. */
const context = `
import * as tf from '@tensorflow/tfjs';
import { adamW, fused, lerp, Lookahead, lookahead, LookaheadOptimizer } from 'tfjs-lookahead';

let saved: tf.io.ModelArtifacts | undefined;
const url: tf.io.IOHandler = {
  async save(artifacts) {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  },
  load: async () => saved as tf.io.ModelArtifacts,
};
const x = tf.tensor2d([[0, 0], [0, 1], [1, 0], [1, 1]]);
const y = tf.tensor2d([[0], [1], [1], [2]]);
const [xVal, yVal] = [x, y];
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
const pretrained = model.getWeights();
{
  const optimizer = lookahead(tf.train.adam(0.1));
  model.compile({ optimizer, loss: 'meanSquaredError' });
}
const optimizer = model.optimizer as LookaheadOptimizer;
await model.fit(x, y, { verbose: 0 });
`;
const report = `
console.log('saved', saved !== undefined);`;

/** A complete program as it stands; another block in a function of its own, which may name things as the context does. */
const programOf = ({ code }) => (/^import /m.test(code) ? code : `${context}{\n${code}}\n${report}`);

const scriptIn = (page) => [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, code]) => code).join('\n');
const globals = `
import * as tf from '@tensorflow/tfjs';
import * as tfLookahead from 'tfjs-lookahead';
`;

function run(program) {
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: { ...compilerOptions, module: ts.ModuleKind.ESNext },
  });
  const args = ['--input-type=module', '--eval', outputText];
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
}

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

const test = suite('README and pages');

test('the README has at most 1,300 words', () => {
  const words = read('README.md').split(/\s+/).filter(Boolean).length;
  assert.ok(words <= 1300, `${words} words`);
});

test('there are programs, a page and one for Vite, and every block has a language that is tested here', () => {
  assert.ok(programs.length > 10);
  assert.ok(viteProgram);
  assert.ok(htmlPages.length > 0);
  assert.equal(
    blocks.filter(({ language }) => !['js', 'html'].includes(language)),
    [],
  );
});

test('what is indented is a command, or the equations', () => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const page of pages) {
    const prose = withoutCode(read(page));
    const lines = [...prose.matchAll(/^ {4}(.+)$/gm)].map(([, line]) => line);
    for (const line of lines) {
      assert.match(line, /^(npm |npx tfjs-lookahead |slow +\+?= |fast +\+?= |gradient = |weight = )/, page);
      for (const [, script] of line.matchAll(/npm (?:run )?(start|test|(?<=run )\S+)/g))
        assert.ok(scripts[script], line);
    }
    if (page === 'README.md') assert.ok(lines.length > 5);
  }
});

test('every program compiles as strict TypeScript', () => {
  for (const program of programs.map(programOf)) assert.equal(compile(program), [], program);
  assert.equal(compile(viteProgram.code, ['vite/client']), []);
  for (const { code } of htmlPages) assert.equal(compile(globals + scriptIn(code)), [], code);
  assert.is.not(compile("import { lookahead } from 'tfjs-lookahead'; lookahead(5);").length, 0);
});

for (const block of programs) {
  const [title] = block.code.split('\n').filter((line) => line && !/^(import|const) /.test(line));
  test(`${block.name}: ${title ?? 'constants'}`, () => {
    const { code } = block;
    const startsWasm = /^await tf\.setBackend\('wasm'\)/m.test(code);
    const output = run(programOf(block) + (startsWasm ? "\nconsole.log('started', tf.getBackend());" : ''));
    for (const [, , expected] of code.matchAll(/(console\.log\(.*\)|print\(\));(?: \/\/ (.*))?$/gm)) {
      assert.match(output.replaceAll(/\s+/g, ' '), expected ?? 'Tensor');
    }
    if (/\.save\(/.test(code)) assert.match(output, 'saved true');
    if (startsWasm) assert.match(output, 'started wasm');
  });
}

test('the program for Vite starts the wasm backend in the built page', async () => {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build/vite-')); // where the packages are found
  try {
    writeFileSync(
      join(folder, 'index.html'),
      '<link rel="icon" href="data:,"><script type="module" src="main.js"></script>',
    );
    writeFileSync(join(folder, 'main.js'), `${viteProgram.code}\nglobalThis.tf = tf;`);
    const chunkSizeWarningLimit = Number.POSITIVE_INFINITY;
    await build({ root: folder, base: './', logLevel: 'error', configFile: false, build: { chunkSizeWarningLimit } });
    const server = await serve({ folders: { '': join(folder, 'dist') } });
    const open = async (tab) => {
      await tab.goto(`${server.url}/index.html`);
      await tab.waitForFunction('globalThis.tf');
    };
    try {
      const expression = '[tf.getBackend(), tf.add(1, 2).dataSync()[0]]';
      assert.equal(await inPage(open, expression), { errors: [], result: ['wasm', 3] });
    } finally {
      server.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the page without a bundler runs, on wasm too', async () => {
  const expression = "tf.setBackend('wasm').then((started) => [started, optimizer.getClassName()])";
  for (const { code } of htmlPages) {
    const result = await inPage((tab) => openHtml(tab, code), expression);
    assert.equal(result, { errors: [], result: [true, 'Lookahead'] });
  }
});

/** As GitHub makes them. */
const anchorsIn = (markdown) =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

test('every link and picture is there', () => {
  const broken = [];
  for (const page of linking) {
    for (const [link, path, anchor] of withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g)) {
      const target = path === '' ? page : join(dirname(page), path);
      const isThere = existsSync(join(root, target)) && (!anchor || anchorsIn(read(target)).includes(anchor));
      if (!isThere) broken.push(`${page}: ${link}`);
    }
  }
  assert.equal(broken, []);
});

// The page on npm finds a picture through `repository`, but only one in Markdown.
test('no picture of the README is in HTML, and without a repository nothing is published', () => {
  assert.not.match(read('README.md'), /<img/i);
  const folder = mkdtempSync(join(root, 'build/publish-'));
  const publish = (description) => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
    const args = [join(root, 'tools/check-publishable.js')];
    try {
      return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    } catch ({ stderr }) {
      return stderr;
    }
  };
  try {
    assert.match(publish({ homepage: 'https://example.org' }), /lacks repository, bugs/);
    assert.is(publish({ repository: {}, homepage: 'https://example.org', bugs: {} }), '');
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.match(JSON.parse(read('package.json')).scripts.prepublishOnly, 'tools/check-publishable.js');
});

test('the figures of the README and of docs/performance.md are those of the tables', () => {
  const rowsIn = (page) =>
    [...read(page).matchAll(/^\| ((?:wasm|cpu|webgl|webgpu) \| .*) \|$/gm)].map(([, row]) =>
      row.split(' | ').map((cell) => cell.replace(/ \(.* to .*\)$/, '')),
    );
  const measured = rowsIn('docs/performance/tables.md').map((row) => new Set(row));
  for (const page of ['README.md', 'docs/performance.md']) {
    const rows = rowsIn(page);
    assert.ok(rows.length > 3, page);
    const unfounded = rows.filter((row) => !measured.some((cells) => row.every((cell) => cells.has(cell))));
    assert.equal(unfounded, [], page);
  }
});

test.run();
