import { withProgress } from '../../tools/progress.js';

const figures = { adam: '–', lookahead: '–', speed: '–', left: '–' };

/** Shows the progress of both runs. `work` gets a function to call after each step, with their losses so far. */
export function withLosses(steps, work) {
  const format = '{bar} {value}/{total}  Adam {adam}, Lookahead {lookahead}  {speed} steps/s  {left} left';
  const start = performance.now();
  const running = [];
  return withProgress({ format, total: steps, initial: figures }, (tell) =>
    work((losses) => {
      losses.forEach((loss, i) => {
        running[i] = running[i] === undefined ? loss.at(-1) : 0.9 * running[i] + 0.1 * loss.at(-1);
      });
      const done = losses[0].length;
      const speed = done / ((performance.now() - start) / 1000);
      const [adam, lookahead] = running.map((loss) => loss.toFixed(3));
      tell(done, { adam, lookahead, speed: speed.toFixed(1), left: `${Math.ceil((steps - done) / speed)} s` });
    }),
  );
}
