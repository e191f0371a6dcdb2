import { engine, Tensor, util, Variable } from '@tensorflow/tfjs-core';

/** What a value is, in a few words for a message; never a tensor's content, which may have to be fetched from a GPU. */
export function describe(value: unknown): string {
  if (value instanceof Variable) return `the tf.Variable '${value.name}'`;
  if (value instanceof Tensor) return `a tf.Tensor of shape [${value.shape}]`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return `an ${Array.isArray(value) ? 'array' : 'object'}`;
  return String(value);
}

/** `isDisposed` alone does not tell: `tf.disposeVariables()` leaves it false. */
export function isAlive(variable: Variable, registered = engine().registeredVariables): boolean {
  return !variable.isDisposed && registered[variable.name] === variable;
}

export function checkAlive(where: string, name: string, variables: readonly Variable[]): void {
  const registered = engine().registeredVariables;
  variables.forEach((variable, i) => {
    if (!isAlive(variable, registered)) {
      throw new Error(
        `${where}: '${name}[${i}]', ${describe(variable)}, was disposed; nothing was changed. ` +
          'Dispose the Lookahead and make a new one over variables that are alive.',
      );
    }
  });
}

export function checkK(where: string, k: number): void {
  if (!Number.isInteger(k) || k < 1) {
    throw new Error(`${where}: 'k' is ${describe(k)}, but must be an integer of at least 1. The paper uses 5 or 10.`);
  }
}

export function checkAlpha(where: string, alpha: number): void {
  if (typeof alpha !== 'number' || !(alpha >= 0 && alpha <= 1)) {
    throw new Error(
      `${where}: 'alpha' is ${describe(alpha)}, but must be a number in [0, 1]. The paper uses 0.5 or 0.8.`,
    );
  }
}

export function checkKeys(where: string, config: object, known: readonly string[]): void {
  if (typeof config !== 'object' || config === null) {
    throw new Error(
      `${where}: 'config' is ${describe(config)}, but must be an object with any of: ${known.join(', ')}.`,
    );
  }
  for (const key of Object.keys(config)) {
    if (!known.includes(key)) {
      throw new Error(`${where}: 'config' has an unknown key '${key}'. Known are: ${known.join(', ')}.`);
    }
  }
}

/** @param known variables that are looked ahead already. */
export function checkVariables(
  where: string,
  variables: readonly unknown[],
  known: readonly Variable[] = [],
): asserts variables is Variable[] {
  if (!Array.isArray(variables)) {
    throw new Error(
      `${where}: 'variables' is ${describe(variables)}, but must be an array of tf.Variable, as model.getWeights(true) returns it.`,
    );
  }
  const seen = new Map<unknown, string>(known.map((variable) => [variable, 'one that is looked ahead already']));
  variables.forEach((value, i) => {
    const name = `'variables[${i}]'`;
    if (!(value instanceof Variable)) {
      throw new Error(`${where}: ${name} is ${describe(value)}, but must be a tf.Variable, as tf.variable() makes it.`);
    }
    if (!isAlive(value)) {
      throw new Error(`${where}: ${name}, ${describe(value)}, was disposed. Pass variables that are alive.`);
    }
    if (value.dtype !== 'float32') {
      throw new Error(
        `${where}: ${name}, ${describe(value)}, has dtype ${value.dtype}, but must be float32. Leave it out.`,
      );
    }
    if (seen.has(value)) {
      throw new Error(
        `${where}: ${name}, ${describe(value)}, is the same variable as ${seen.get(value)}. Pass each once.`,
      );
    }
    seen.set(value, name);
  });
}

/** Whether a tensor can be the value of a weight like `expected`. */
export function checkValue(
  where: string,
  name: string,
  tensor: Tensor | undefined,
  { shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>,
): asserts tensor is Tensor {
  if (!(tensor instanceof Tensor)) {
    throw new Error(`${where}: '${name}' is ${describe(tensor)}, but must be a tf.Tensor, as getWeights() returns it.`);
  }
  if (tensor.isDisposed) {
    throw new Error(`${where}: '${name}' was disposed. Dispose what getWeights() returned only after setWeights().`);
  }
  if (tensor.dtype !== dtype || !util.arraysEqual(tensor.shape, shape)) {
    throw new Error(
      `${where}: '${name}' is ${tensor.dtype} of shape [${tensor.shape}], but must be ${dtype} of shape [${shape}]. ` +
        'Pass what getWeights() returned for a model like this one.',
    );
  }
}
