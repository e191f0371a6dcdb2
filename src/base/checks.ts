/** Bad input throws at once. The message names the argument, its value and the fix. */
import { engine, type KernelBackend, Optimizer, Tensor, util, Variable } from '@tensorflow/tfjs-core';
import { describe, isObject, mistake, refuse } from './errors.js';

/** `isDisposed` alone does not tell: `tf.disposeVariables()` leaves it false. */
export function isAlive(tensor: Tensor | Variable, registered = engine().registeredVariables): boolean {
  return !tensor.isDisposed && (registered[(tensor as Variable).name] === tensor || !(tensor instanceof Variable));
}

/** @throws Error if one of the variables was disposed. */
export function checkAlive(
  name: string,
  variables: readonly Variable[],
  remedy = 'Dispose this Lookahead, and make a new one over variables that are alive.',
): void {
  const registered = engine().registeredVariables;
  const i = variables.findIndex((variable) => !isAlive(variable, registered));
  if (i < 0) return;
  throw mistake(`'${name}[${i}]', ${describe(variables[i])}, was disposed; nothing was changed. ${remedy}`);
}

/** The backends that tfjs makes at once, when it is asked for them. */
const madeAtOnce = ['cpu', 'webgl'];

/**
 * The instance of a backend, if it can be used. To ask tfjs for one that is made asynchronously would stop all ops until it
 * is there.
 */
export const readyBackend = (name: string): KernelBackend | null =>
  engine().registry[name] ?? (madeAtOnce.includes(name) ? engine().findBackend(name) : null);

/** tfjs's own `instanceof` throws for null. */
export const isOptimizer = (value: unknown): value is Optimizer => value != null && value instanceof Optimizer;

export function checkOptimizer(name: string, value: unknown): asserts value is Optimizer {
  if (!isOptimizer(value)) refuse(name, value, 'a tf.Optimizer, such as tf.train.sgd(0.7)');
}

/** Whether it can be how often something was done. */
export const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** @throws Error unless `fromConfig` can read it. */
export function checkSavedConfig(config: unknown): void {
  if (!isObject(config)) refuse('config', config, 'an object', 'Pass what getConfig() returned.');
}

/** @throws Error if what a step has returned says that it will only step later. */
export function checkStepped(name: 'inner' | 'outer', result: unknown): void {
  if (!util.isPromise(result)) return;
  // It may go on, with gradients that are disposed by then: its failure comes after this one.
  Promise.resolve(result).catch(() => {});
  throw mistake(
    `applyGradients() of the ${name} optimizer returned a promise, but a merge follows the step at once. ` +
      'Let it step synchronously: await what it needs before the step.',
  );
}

/** @throws Error unless `value` is a variable that can be looked ahead: float32, and alive. */
export function checkVariable(name: string, value: unknown): asserts value is Variable {
  if (!(value instanceof Variable)) {
    refuse(name, value, 'a tf.Variable, as tf.variable() makes it', 'Of a model, pass model.getWeights(true).');
  }
  checkValue(name, value, { shape: value.shape, dtype: 'float32' }, `Leave ${describe(value)} out.`);
}

export function checkVariables(variables: readonly unknown[]): asserts variables is Variable[] {
  if (!Array.isArray(variables)) {
    refuse('variables', variables, 'an array of tf.Variable, as model.getWeights(true) returns it');
  }
  for (const [i, value] of variables.entries()) checkVariable(`variables[${i}]`, value);
}

/** @throws Error unless `tensor` can be the value of a weight like `expected`. */
export function checkValue(
  name: string,
  tensor: Tensor | undefined,
  { shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>,
  remedy = 'Pass what getWeights() returned for a model like this one.',
): asserts tensor is Tensor {
  if (!(tensor instanceof Tensor)) refuse(name, tensor, 'a tf.Tensor', remedy);
  if (!isAlive(tensor)) throw mistake(`'${name}' was disposed, but must be alive. ${remedy}`);
  if (tensor.dtype === dtype && util.arraysEqual(tensor.shape, shape)) return;
  const expected = `is ${tensor.dtype} of shape [${tensor.shape}], but must be ${dtype} of shape [${shape}]`;
  throw mistake(`'${name}' ${expected}. ${remedy}`, tensor.dtype === dtype ? RangeError : TypeError);
}
