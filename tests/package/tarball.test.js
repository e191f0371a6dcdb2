/**
 * The packed package, unpacked where a project finds it: it trains as ESM and CommonJS, and TypeScript finds its types.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { trained } from '../support/trained.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
mkdirSync(join(root, 'build'), { recursive: true });
/**
 * A project within the repository, so that it finds TensorFlow.js and TypeScript. Of this package it finds only the
 * tarball, because it has a `package.json` of its own.
 */
const project = mkdtempSync(join(root, 'build/tarball-'));

const run = (program, args, cwd = project) => execFileSync(program, args, { cwd, encoding: 'utf8' });
const node = (file) => JSON.parse(run(process.execPath, [file]).trim().split('\n').at(-1));
const compile = (config) => run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', config]);

const test = suite('tarball');

test.after(() => rmSync(project, { recursive: true, force: true }));

test('it is packed, and unpacks', () => {
  cpSync(join(root, 'tests/fixtures'), project, { recursive: true });
  // without prepack, which builds: dist is there, and others may be reading it
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], root);
  run('tar', ['-xzf', JSON.parse(packed)[0].filename]);
  mkdirSync(join(project, 'node_modules'));
  renameSync(join(project, 'package'), join(project, 'node_modules/tfjs-lookahead'));
});

test('Node, ESM', () => {
  assert.equal(node('node-esm/main.js'), trained);
});

test('Node, CommonJS', () => {
  assert.equal(node('node-cjs/main.cjs'), trained);
});

test('TypeScript, nodenext, ESM and CommonJS', () => {
  compile('typescript/tsconfig.nodenext.json');
  assert.equal(node('typescript/dist/train.mjs'), trained);
  assert.equal(node('typescript/dist/train.cjs'), trained);
});

test('TypeScript, bundler', () => {
  compile('typescript/tsconfig.bundler.json');
});

test.run();
