import { getSystemErrorMap } from 'node:util';

/** A failure that its message explains, so that no stack trace is printed. */
export class UserError extends Error {}

/** The message of the operating system, in words and without the path. */
export function explain(error) {
  return getSystemErrorMap().get(error.errno)?.[1] ?? error.message;
}
