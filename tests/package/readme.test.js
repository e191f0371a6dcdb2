/** Every code block of the README: type-checked as strict TypeScript, and run. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { launchChromium } from '../../tools/browser/chromium.js';
import { codeBlocks, compile, compilerOptions, read, root } from '../support/code-blocks.js';

const readme = read('README.md');
const { resolve } = createRequire(import.meta.url);

const blocks = codeBlocks(readme);
const codeIn = (wanted) => blocks.filter(({ language }) => language === wanted).map(({ code }) => code);

/** What a snippet without imports takes for granted, and what it leaves for the test to see. */
const context = `
import * as tf from '@tensorflow/tfjs';
import { lookahead, LookaheadOptimizer } from 'tfjs-lookahead';

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
const optimizer = lookahead(tf.train.adam(0.1));
model.compile({ optimizer, loss: 'meanSquaredError' });
`;
const report = "\nconsole.log('saved', saved !== undefined);";

/** Complete programs as they stand; the other blocks with what they take for granted. */
const programs = codeIn('js').map((code) => (/^import /m.test(code) ? code : context + code + report));

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

/** Opens a page whose scripts come from the CDN, here from the files that it would serve. */
async function openPage(page) {
  const browser = await launchChromium();
  try {
    const tab = await browser.newPage();
    const errors = [];
    tab.on('pageerror', ({ message }) => errors.push(message));
    await tab.route('https://cdn.jsdelivr.net/npm/**', (route) => {
      const [, name] = /\/npm\/((?:@[^/]+\/)?[^/@]+)/.exec(route.request().url());
      const packageFile = resolve(`${name}/package.json`);
      const { jsdelivr } = JSON.parse(readFileSync(packageFile, 'utf8'));
      return route.fulfill({ path: fileURLToPath(new URL(jsdelivr, `file://${packageFile}`)) });
    });
    await tab.setContent(page);
    return { errors, className: await tab.evaluate('optimizer.getClassName()').catch(({ message }) => message) };
  } finally {
    await browser.close();
  }
}

const test = suite('README');

test('has programs and a page, and every block has a language that is tested here', () => {
  assert.ok(codeIn('js').length > 0);
  assert.ok(codeIn('html').length > 0);
  assert.equal(
    blocks.filter(({ language }) => !['js', 'html'].includes(language)),
    [],
  );
});

test('what is indented is a command, or the equations', () => {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const prose = readme.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const lines = [...prose.matchAll(/^ {4}(.+)$/gm)].map(([, line]) => line);
  for (const line of lines) {
    assert.match(line, /^(npm |npx tfjs-lookahead |slow \+= |fast {2}= )/);
    const [, script] = /npm (?:run )?(start|test|(?<=run )\S+)/.exec(line) ?? [];
    if (script) assert.ok(scripts[script], line);
  }
  assert.ok(lines.length > 0);
});

test('every program compiles as strict TypeScript', () => {
  for (const program of programs) assert.equal(compile(program), [], program);
  for (const page of codeIn('html')) assert.equal(compile(globals + scriptIn(page)), [], page);
  assert.is.not(compile("import { lookahead } from 'tfjs-lookahead'; lookahead(5);").length, 0);
});

codeIn('js').forEach((code, i) => {
  const [title] = code.split('\n').filter((line) => line && !/^(import|const) /.test(line));
  test(`block ${i + 1} runs: ${title}`, () => {
    const output = run(programs[i]);
    if (/console\.log|print\(\)/.test(code)) assert.match(output, /Tensor/);
    if (/\.save\(/.test(code)) assert.match(output, 'saved true');
  });
});

test('the page runs', async () => {
  for (const page of codeIn('html')) assert.equal(await openPage(page), { errors: [], className: 'Lookahead' });
});

test.run();
