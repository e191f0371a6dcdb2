import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a run is while `run` works, which gets a function to call with the losses so far after each step. */
export async function withProgress({ title, steps }, run) {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {value}/{total}  loss {loss}  {speed} steps/s  {left} left`,
      barsize: 15,
      stream: process.stdout,
      noTTYOutput: true,
      notTTYSchedule: 5000,
    },
    Presets.shades_classic,
  );
  const start = performance.now();
  let running;
  bar.start(steps, 0, { loss: '–', speed: '–', left: '–' });
  try {
    return await run((losses) => {
      const speed = losses.length / ((performance.now() - start) / 1000);
      running = running === undefined ? losses.at(-1) : 0.9 * running + 0.1 * losses.at(-1);
      bar.update(losses.length, {
        loss: running.toFixed(3),
        speed: speed.toFixed(1),
        left: `${Math.ceil((steps - losses.length) / speed)} s`,
      });
    });
  } finally {
    bar.stop();
  }
}
