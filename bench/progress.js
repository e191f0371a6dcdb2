import { setImmediate } from 'node:timers/promises';
import { withProgress } from '../tools/progress.js';

/**
 * Shows how many measurements are done.
 *
 * @param seconds that they take at most, if there is a limit.
 * @param run gets a function to call after each, with the name of its section. It is asynchronous, so that the bar is
 * drawn.
 */
export function withSteps({ steps, seconds }, run) {
  const bar = {
    format: '{bar} {value}/{total}  {section}  {left} left',
    total: steps,
    seconds,
    initial: { section: '' },
  };
  return withProgress(bar, (tell) => {
    let done = 0;
    return run(async (section) => {
      tell(++done, { section });
      await setImmediate();
    });
  });
}
