/** The lists that a Lookahead saves: copied, changed, restored, and refused. */
import * as assert from 'uvu/assert';
import { allIn, slotsIn } from './inner-optimizers.js';
import { disposeWithOuter } from './outer-optimizers.js';
import { assertSameWeights } from './reference.js';
import { assignValues, valuesOf } from './small-model.js';
import { tf } from './tf.js';
import { messageOf, wholeState } from './whole-state.js';

/** A step whose gradients are half the weights. */
export const step = (optimizer, variables) =>
  tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.mul(w, 0.5) }))));

/** The list as copies, since it is disposed when the next is made. */
export async function listOf(optimizer) {
  const weights = await optimizer.getWeights();
  const list = [];
  for (const { name, tensor } of weights) {
    list.push({ name, tensor: tf.tensor((await tensor.data()).slice(), tensor.shape, tensor.dtype) });
  }
  // The scalars that tfjs makes for each list.
  for (const { name, tensor } of weights) if (/(^|\/)iter$/.test(name)) tensor.dispose();
  return list;
}

/** A clone, but of a text, which TensorFlow.js 3 cannot clone on wasm. */
export const cloneOf = (tensor) =>
  tensor.dtype === 'string' ? tf.tensor(tensor.dataSync(), tensor.shape, 'string') : tf.clone(tensor);

/** A list as a file gives it back: each name once. */
export async function throughFile(list) {
  const { data, specs } = await tf.io.encodeWeights(await list);
  const names = specs.map(({ name }) => name);
  assert.is(new Set(names).size, names.length, 'no name comes twice, for duplicates would collapse');
  const decoded = tf.io.decodeWeights(data, specs);
  return names.map((name) => ({ name, tensor: decoded[name] }));
}

/** The values of all variables that a Lookahead and the optimizers in it hold, and their counters. */
export async function stateOf(lookahead) {
  const all = allIn(lookahead);
  const held = all.flatMap((each) => [
    ...Object.values(each).filter((value) => value instanceof tf.Variable),
    ...slotsIn(each),
    ...(each.slowWeights ?? []),
  ]);
  const counting = all.filter((each) => !('rate' in each)); // those of own-optimizers.js do not save how often they stepped
  return {
    held: await valuesOf(held),
    counters: counting.map((each) => [each.iterations, each.step, each.stepsInCycle]),
  };
}

export async function assertSameState(actual, expected, message) {
  const [{ held, counters }, state] = [await stateOf(actual), await stateOf(expected)];
  assertSameWeights(held, state.held, `${message}: what the optimizers hold`);
  assert.equal(counters, state.counters, `${message}: counters`);
}

/**
 * Saves and goes on, then does the same from the list, in the optimizer that `restored` gives: the same weights come
 * out.
 */
export async function assertGoesOn({ optimizer, variables }, restored, message = '') {
  const list = await listOf(optimizer);
  const values = await valuesOf(variables);
  const known = optimizer.variables.length;
  const run = async (each) => {
    for (let i = 0; i < 6; ++i) step(each, variables);
    const { held, counters } = await stateOf(each);
    return [[...(await valuesOf(variables)), ...held], counters];
  };
  const [expected, counters] = await run(optimizer);
  const resumed = restored(optimizer);
  // Its slow weights would have the names that an optimizer of the user's own may go by.
  if (resumed !== optimizer) disposeWithOuter(optimizer);
  await resumed.setWeights(list);
  if (resumed === optimizer) assert.is(resumed.variables.length, known, `${message}: the variables are known still`);
  assignValues(variables, values);
  const [actual, ...others] = await run(resumed);
  assertSameWeights(actual, expected, message);
  assert.equal(others, [counters], `${message}: counters`);
  disposeWithOuter(resumed);
}

export const without = (list, i) => list.filter((_, j) => j !== i);
export const twice = (list, i) => [...list.slice(0, i), list[i], ...list.slice(i)];
export const replaced = (list, i, change) =>
  list.map((weight, j) => (j === i ? { ...weight, ...change(weight) } : weight));

/** The last entry: of what Lookahead the list is, how many other entries it has, and the counters. */
export const stateIn = (list) => JSON.parse(list.at(-1).tensor.dataSync()[0]);
export const withText = (list, text) => replaced(list, list.length - 1, () => ({ tensor: tf.scalar(text) }));
export const withState = (list, change) => withText(list, JSON.stringify({ ...stateIn(list), ...change }));

/** The list with its entries numbered and counted anew, so that one that is missing or comes twice does not show there. */
export function recounted(list) {
  const counts = new Map();
  const numbered = list.map(({ name, tensor }) => {
    const [, start, rest] = /^(lookahead:1\/\w+\/)\d+(\/.*)$/.exec(name) ?? [];
    if (!start) return { name, tensor };
    const i = counts.get(start) ?? 0;
    counts.set(start, i + 1);
    return { name: `${start}${i}${rest}`, tensor };
  });
  return withState(numbered, { entries: list.length - 1 });
}

/** Refused, with a message like this, and nothing has changed. */
export async function assertRefused(subject, list, pattern, what) {
  const before = await wholeState(subject);
  const message = await messageOf(() => subject.setWeights(list));
  assert.match(message || 'not refused', pattern, what);
  assert.equal(await wholeState(subject), before, `${what}: nothing has changed`);
}
