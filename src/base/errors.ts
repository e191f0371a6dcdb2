/**
 * Errors about bad input. What throws one does not know by which public function it was reached: {@link at} adds that.
 */
import { Tensor, util, Variable } from '@tensorflow/tfjs-core';

/** Errors of ours whose message does not begin with the public function yet. */
const unplaced = new WeakSet<Error>();

/** A new error of ours, to be thrown. */
export function mistake(message: string, Class: new (message: string) => Error = Error): Error {
  const error = new Class(message);
  unplaced.add(error);
  return error;
}

/**
 * @param must what the value has to be.
 * @param remedy what to do, in sentences.
 * @param isOfType whether the value has the right type, but is out of range.
 * @throws RangeError or, of the wrong type, TypeError.
 */
export function refuse(name: string, value: unknown, must: string, remedy = '', isOfType = false): never {
  const message = `'${name}' is ${describe(value)}, but must be ${must}.${remedy && ` ${remedy}`}`;
  throw mistake(message, isOfType ? RangeError : TypeError);
}

/**
 * Runs a public function.
 *
 * @param where its name, with which the messages of our errors begin.
 */
export function at<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw placed(where, error);
  }
}

/** {@link at} for a function that returns a promise. */
export const atAsync = <T>(where: string, run: () => Promise<T>): Promise<T> =>
  run().catch((error) => {
    throw placed(where, error);
  });

/** An error, with the public function in front if it is ours and has none yet. */
export function placed(where: string, error: unknown): unknown {
  if (!(error instanceof Error) || !unplaced.delete(error)) return error;
  const { message, stack } = error;
  error.message = `${where}: ${message}`;
  if (stack) error.stack = stack.replace(message, () => error.message); // it may have been made with the error
  return error;
}

/** A value in a few words, for a message; never a tensor's content, which may have to be fetched from a GPU. */
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
