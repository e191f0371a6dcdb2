/**
 * A fresh process, timed from its first import to its second merge, in ms: `node bench/start-process.js BACKEND`. It
 * prints JSON.
 */
import { randomValues } from './random.js';
import { sets, sizeOf } from './sets.js';

const [, , backend] = process.argv;

async function timed(fn) {
  const start = performance.now();
  const result = await fn();
  return { ms: performance.now() - start, result };
}

const tfjs = await timed(() => import('@tensorflow/tfjs'));
const tf = tfjs.result;
tf.env().set('PROD', true);
if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
const ours = await timed(() => import('tfjs-lookahead'));
await tf.setBackend(backend);

const shapes = sets['MLP 784-128-64-10'];
const assignFresh = (variables, seed) =>
  tf.tidy(() => {
    for (const [i, w] of variables.entries()) w.assign(tf.tensor(randomValues(w.size, seed + i), w.shape));
  });
const variables = shapes.map((shape, i) => tf.variable(tf.tensor(randomValues(sizeOf(shape), i), shape)));
const lookahead = new ours.result.Lookahead(variables, { k: 1 });

assignFresh(variables, 100);
const first = await timed(() => lookahead.sync());
assignFresh(variables, 200);
const second = await timed(() => lookahead.sync());

console.log(
  JSON.stringify({ importTfjs: tfjs.ms, importLookahead: ours.ms, firstMerge: first.ms, secondMerge: second.ms }),
);
