import { lookahead } from 'tfjs-lookahead';
import { assertSameWeights } from './reference.js';

/** Disposes an optimizer, wrapped or not, and what tfjs leaves of it: a scalar of Momentum. */
export function disposeOptimizer(optimizer) {
  const { c } = optimizer.inner ?? optimizer;
  optimizer.dispose();
  if (c && !c.isDisposed) c.dispose();
}

/**
 * Runs a program with an optimizer of tfjs, then with the same one in a Lookahead whose alpha is 1, which changes
 * nothing: every bit must be equal.
 *
 * @param make makes the optimizer.
 * @param program gets it, and returns weights as lists of values.
 */
export async function assertWrappedEqualsPlain(make, program, message) {
  const results = [];
  for (const optimizer of [make(), lookahead(make(), { k: 2, alpha: 1 })]) {
    results.push(await program(optimizer));
    disposeOptimizer(optimizer);
  }
  assertSameWeights(results[1], results[0], message);
}
