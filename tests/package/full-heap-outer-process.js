/**
 * Merges with an outer optimizer on a full wasm heap, and prints as JSON what became of it. A process of its own, since
 * it takes 4 GiB of addresses.
 */
import '@tensorflow/tfjs-backend-wasm';
import { fused, Lookahead, lookahead } from 'tfjs-lookahead';
import { fillHeap, messageOf } from '../support/full-heap.js';
import { outerOptimizers } from '../support/outer-optimizers.js';
import { randomValues } from '../support/reference.js';
import { tf } from '../support/tf.js';

const N = 1000;

await tf.setBackend('wasm');
const { wasm } = tf.backend();

const bitsOf = (tensors) => tensors.map((tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('base64'));

/** Two variables that are looked ahead by one of both classes. */
function start(className, makeOuter) {
  const variables = [1, 2].map((seed) => tf.tidy(() => tf.variable(tf.tensor1d(randomValues(N, seed)))));
  const subject =
    className === 'Lookahead'
      ? new Lookahead(variables, { k: 1, outer: fused(makeOuter()) })
      : lookahead(tf.train.sgd(1), { k: Number.POSITIVE_INFINITY, outer: makeOuter() });
  subject.add?.(className === 'Lookahead' ? [] : variables);
  const move = (seed) =>
    tf.tidy(() => {
      for (const [i, w] of variables.entries()) w.assign(tf.add(w, tf.tensor1d(randomValues(N, seed + i))));
    });
  const bits = () => bitsOf([...variables, ...subject.slowWeights]);
  return { subject, move, bits };
}

const results = [];
for (const className of ['Lookahead', 'lookahead()']) {
  for (const [name, { make }] of Object.entries(outerOptimizers)) {
    const [full, roomy] = [start(className, make), start(className, make)];
    for (const [i, merge] of ['the first merge', 'a later merge'].entries()) {
      for (const { move } of [full, roomy]) move(10 * i + 3);
      const before = full.bits();
      const empty = fillHeap(wasm, 1024);
      const message = messageOf(() => full.subject.flush());
      const isUnchanged = `${full.bits()}` === `${before}` && full.subject.outer.iterations === i;
      empty();
      for (const { subject } of [full, roomy]) subject.flush();
      const goesOn = `${full.bits()}` === `${roomy.bits()}`;
      results.push({ what: `${className}, ${name}: ${merge}`, message, isUnchanged, goesOn });
    }
  }
}
console.log(JSON.stringify(results));
