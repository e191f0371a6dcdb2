import { withProgress } from '../../tools/progress.js';

const figures = { step: 0, adam: '–', lookahead: '–' };

/**
 * Shows the progress of all runs, which are those with Adam and with Lookahead at one learning rate after the other.
 * `work` gets a function to call after each step, with their results so far.
 */
export function withLosses({ steps, workAt }, work) {
  const format = `{bar} {step}/${steps}  Adam {adam}  Lookahead {lookahead}  {left} left`;
  const running = [];
  return withProgress({ format, total: workAt(steps), initial: figures }, (tell) =>
    work((step, results) => {
      results.forEach(({ losses, divergedAt }, i) => {
        if (divergedAt !== null) running[i] = Number.NaN;
        else running[i] = running[i] === undefined ? losses.at(-1) : 0.9 * running[i] + 0.1 * losses.at(-1);
      });
      const list = (remainder) =>
        running
          .filter((_, i) => i % 2 === remainder)
          .map((loss) => loss.toFixed(2))
          .join(', ');
      tell(workAt(step), { step, adam: list(0), lookahead: list(1) });
    }),
  );
}
