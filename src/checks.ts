/** Bad input throws at once. The message names the argument, its value and the fix. */
import { engine, Optimizer, Tensor, util, Variable } from '@tensorflow/tfjs-core';

/** What a value is, in a few words for a message; never a tensor's content, which may have to be fetched from a GPU. */
export function describe(value: unknown): string {
  if (value instanceof Variable) return `the tf.Variable '${value.name}'`;
  if (value instanceof Tensor) return `a tf.Tensor of shape [${value.shape}]`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (util.isPromise(value)) return 'a promise';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

/** `isDisposed` alone does not tell: `tf.disposeVariables()` leaves it false. */
export function isAlive(tensor: Tensor | Variable, registered = engine().registeredVariables): boolean {
  return !tensor.isDisposed && (registered[(tensor as Variable).name] === tensor || !(tensor instanceof Variable));
}

/** @throws Error if fast weights were disposed, or the slow ones from outside. */
export function checkAlive(
  where: string,
  fast: readonly Variable[],
  slow: readonly Variable[],
  remedy = 'Dispose this Lookahead, and make a new one over variables that are alive.',
): void {
  const registered = engine().registeredVariables;
  const refuse = (name: string, i: number, variable: Variable) => {
    throw new Error(`${where}: '${name}[${i}]', ${describe(variable)}, was disposed; nothing was changed. ${remedy}`);
  };
  fast.forEach((variable, i) => {
    if (!isAlive(variable, registered)) refuse('variables', i, variable);
  });
  slow.forEach((variable, i) => {
    if (!isAlive(variable, registered)) refuse('slowWeights', i, variable);
  });
}

/** tfjs's own `instanceof` throws for null. */
export const isOptimizer = (value: unknown): value is Optimizer => value != null && value instanceof Optimizer;

export function checkOptimizer(where: string, name: string, value: unknown): asserts value is Optimizer {
  if (!isOptimizer(value)) {
    throw new Error(
      `${where}: '${name}' is ${describe(value)}, but must be a tf.Optimizer, such as tf.train.${name === 'outer' ? 'momentum(0.7, 0.9, true)' : 'adam()'}.`,
    );
  }
}

/** @throws Error if what a step has returned says that it will only step later. */
export function checkStepped(where: string, name: 'inner' | 'outer', result: unknown): void {
  if (!util.isPromise(result)) return;
  // It may go on, with gradients that are disposed by then: its failure comes after this one.
  Promise.resolve(result).catch(() => {});
  throw new Error(
    `${where}: applyGradients() of the ${name} optimizer returned a promise, but a merge follows the step at once. ` +
      'Let it step synchronously: await what it needs before the step.',
  );
}

/** @throws Error unless `value` is a variable that can be looked ahead: float32, and alive. */
export function checkVariable(where: string, name: string, value: unknown): asserts value is Variable {
  if (!(value instanceof Variable)) {
    const isOfLayers = (value as { val?: unknown } | null)?.val instanceof Variable;
    throw new Error(
      isOfLayers
        ? `${where}: '${name}' is a LayerVariable of tfjs-layers, as model.trainableWeights lists them, ` +
            'but must be a tf.Variable. Pass model.getWeights(true).'
        : `${where}: '${name}' is ${describe(value)}, but must be a tf.Variable, as tf.variable() makes it.`,
    );
  }
  if (!isAlive(value)) {
    throw new Error(`${where}: '${name}', ${describe(value)}, was disposed. Pass variables that are alive.`);
  }
  if (value.dtype !== 'float32') {
    throw new Error(
      `${where}: '${name}', ${describe(value)}, has dtype ${value.dtype}, but must be float32. Leave it out.`,
    );
  }
}

export function checkVariables(where: string, variables: readonly unknown[]): asserts variables is Variable[] {
  if (!Array.isArray(variables)) {
    throw new Error(
      `${where}: 'variables' is ${describe(variables)}, but must be an array of tf.Variable, ` +
        'as model.getWeights(true) returns it.',
    );
  }
  for (const [i, value] of variables.entries()) checkVariable(where, `variables[${i}]`, value);
}

/** @throws Error unless `tensor` can be the value of a weight like `expected`. */
export function checkValue(
  where: string,
  name: string,
  tensor: Tensor | undefined,
  { shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>,
  remedy = 'Pass what getWeights() returned for a model like this one.',
): asserts tensor is Tensor {
  const refuse = (problem: string) => {
    throw new Error(`${where}: '${name}' ${problem}. ${remedy}`);
  };
  if (!(tensor instanceof Tensor)) refuse(`is ${describe(tensor)}, but must be a tf.Tensor`);
  const { dtype: itsDtype, shape: itsShape } = tensor as Tensor;
  if (!isAlive(tensor as Tensor)) refuse('was disposed, but must be alive');
  if (itsDtype !== dtype || !util.arraysEqual(itsShape, shape)) {
    refuse(`is ${itsDtype} of shape [${itsShape}], but must be ${dtype} of shape [${shape}]`);
  }
}
