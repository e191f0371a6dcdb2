/**
 * Fills the wasm heap, steps, and prints as JSON what became of it. It is a process of its own, since it takes 4 GiB of
 * addresses.
 */
import '@tensorflow/tfjs-backend-wasm';
import { fused } from 'tfjs-lookahead';
import { fillHeap, messageOf } from '../support/full-heap.js';
import { innerOptimizers } from '../support/inner-optimizers.js';
import { ownOptimizers } from '../support/package-optimizers.js';
import { randomValues } from '../support/reference.js';
import { tf } from '../support/tf.js';
import { makerOf, newTwins } from '../support/twins.js';

const shapes = [[20], [3000], [70000]];
const valuesFor = (seed) => shapes.map(([n], i) => randomValues(n, 10 * seed + i));
const bitsOf = ({ tensors, optimizer }) =>
  `${optimizer.iterations} ${tensors.map((tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('base64'))}`;

await tf.setBackend('wasm');
const { wasm } = tf.backend();

/** Two of each: one never meets a full heap, and one does. */
const makers = [
  ...Object.keys(innerOptimizers).map((key) => [key, [makerOf(key), makerOf(key, fused)]]),
  ...Object.entries(ownOptimizers).map(([key, { make }]) => [key, [make, make].map((each) => () => each(0.01))]),
];

const results = makers.map(([key, pair]) => {
  const [plain, mine] = newTwins(pair, shapes, valuesFor(1));
  for (const twin of [plain, mine]) twin.step(valuesFor(2));
  // The last weight shares its buffer, so that a step needs room when others could have been overwritten.
  const shared = tf.reshape(mine.variables.at(-1), [-1]);
  const [next, afterwards] = [3, 4].map((seed) =>
    valuesFor(seed).map((values, i) => ({ name: mine.variables[i].name, tensor: tf.tensor(values, shapes[i]) })),
  );
  const before = bitsOf(mine);

  let empty = fillHeap(wasm, 1024);
  const message = messageOf(() => mine.optimizer.applyGradients(next));
  const isUnchanged = bitsOf(mine) === before && bitsOf(plain) === before;
  empty();

  mine.optimizer.applyGradients(next);
  plain.step(valuesFor(3));
  const goesOn = bitsOf(mine) === bitsOf(plain);

  shared.dispose();
  empty = fillHeap(wasm, 4);
  mine.optimizer.applyGradients(afterwards);
  empty();
  plain.step(valuesFor(4));
  const inPlace = bitsOf(mine) === bitsOf(plain);
  return { key, message, isUnchanged, goesOn, inPlace };
});
console.log(JSON.stringify(results));
