import {
  all,
  backend,
  getKernel,
  IsFinite,
  isFinite as isFiniteOp,
  stack,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { finiteRule } from '../update/rules/finite.js';
import { activeBackend, runnerOn } from '../update/update.js';

/**
 * The first variable that holds NaN or an infinity, if one does. One pass over the values on `cpu` and `wasm`; on any
 * other backend ops, and one read.
 *
 * @param variables float32.
 */
export function firstNonFinite(variables: readonly Variable[]): Variable | undefined {
  const name = activeBackend();
  const runner = runnerOn(name, backend(), finiteRule);
  if (runner?.ask) return variables.find((variable) => runner.ask?.(variable) === 0);
  // On `wasm` without SIMD, in an old tfjs.
  if (!getKernel(IsFinite, name)) return variables.find((variable) => !variable.dataSync().every(Number.isFinite));
  const filled = variables.filter(({ size }) => size > 0); // of nothing, `all` is false on cpu, and fails on webgl
  if (filled.length === 0) return undefined;
  const areFinite = tidy(() => stack(filled.map((variable) => all(isFiniteOp(variable)))).dataSync());
  return filled[areFinite.indexOf(0)];
}
