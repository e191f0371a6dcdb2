import { Presets, SingleBar } from 'cli-progress';

/**
 * Shows a progress bar while `work` goes on: on stderr, because the figures go to stdout.
 *
 * @param format of the line, with a `{name}` for each value that `work` reports beside its progress.
 * @param initial these values before `work` has reported any.
 * @param work gets a function to call with how much of `total` is done, and with these values.
 */
export async function withProgress({ format, total, initial }, work) {
  const bar = new SingleBar(
    { format, barsize: 15, hideCursor: true, noTTYOutput: true, notTTYSchedule: 15_000 },
    Presets.shades_classic,
  );
  bar.start(total, 0, initial);
  try {
    return await work((done, values) => bar.update(done, values));
  } finally {
    bar.stop();
  }
}
