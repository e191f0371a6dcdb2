import { UserError } from './errors.js';
import { printable } from './printable.js';

/**
 * Runs the main function of a program that writes its results at its end, and sets the exit code. A {@link UserError} is
 * printed without a stack trace.
 *
 * @param main gets a signal that is aborted by Ctrl-C, upon which it has to throw.
 */
export async function runProgram(main) {
  const interruption = new AbortController();
  // Only once: a second Ctrl-C finds no handler, so it ends the process whatever it is doing.
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interruption.abort());
  try {
    await main(interruption.signal);
  } catch (error) {
    if (interruption.signal.aborted) {
      console.error('Interrupted: nothing was written.');
      process.exitCode = 130;
    } else if (error instanceof UserError) {
      console.error(`error: ${printable(error.message)}`);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}
