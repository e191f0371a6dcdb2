/**
 * Bad input. A check does not know which public function was called. It throws a mistake, and {@link at}, around every public
 * function, makes an error of it, whose message begins with the name of that function.
 */
import { Tensor, util, Variable } from '@tensorflow/tfjs-core';

type ErrorClass = new (message: string) => Error;

class Mistake {
  constructor(
    readonly message: string,
    readonly Class: ErrorClass,
  ) {}
}

/** To be thrown. */
export const mistake = (message: string, Class: ErrorClass = Error): Mistake => new Mistake(message, Class);

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
 * @param where its name, with which the message of an error of ours begins.
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

/** The error for what was thrown: of a mistake one with the public function in front, else what was thrown. */
export const placed = (where: string, thrown: unknown): unknown =>
  thrown instanceof Mistake ? new thrown.Class(`${where}: ${thrown.message}`) : thrown;

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A value in a few words, for a message; never a tensor's content, which may have to be fetched from a GPU. */
export function describe(value: unknown): string {
  if (value instanceof Variable) return `the tf.Variable '${value.name}'`;
  if (value instanceof Tensor) return `a tf.Tensor of shape [${value.shape}]`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (util.isPromise(value)) return 'a promise';
  if (isObject(value)) return 'an object';
  return String(value);
}
