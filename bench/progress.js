import { withProgress } from '../tools/progress.js';

/** Shows how many measurements are done. `run` gets a function to call after each, with the name of its section. */
export function withSteps(total, run) {
  const bar = { format: '{bar} {value}/{total}  {section}', total, initial: { section: '' } };
  return withProgress(bar, (tell) => {
    let done = 0;
    return run((section) => tell(++done, { section }));
  });
}
