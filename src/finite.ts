import { all, backend, isFinite as isFiniteOp, stack, tidy, type Variable } from '@tensorflow/tfjs-core';
import { finiteRule } from './rules/finite.js';
import { activeBackend, runnerOn } from './update.js';

/**
 * The first variable that holds NaN or an infinity, if one does. One pass over the values on `cpu` and `wasm`; on any
 * other backend ops, and one read.
 *
 * @param variables float32.
 */
export function firstNonFinite(variables: readonly Variable[]): Variable | undefined {
  const runner = runnerOn(activeBackend(), backend(), finiteRule);
  if (runner?.holds) return variables.find((variable) => !runner.holds?.(variable));
  if (variables.length === 0) return undefined;
  const areFinite = tidy(() => stack(variables.map((variable) => all(isFiniteOp(variable)))).dataSync());
  return variables[areFinite.indexOf(0)];
}
