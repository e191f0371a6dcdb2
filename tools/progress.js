import { Presets, SingleBar } from 'cli-progress';

/**
 * Shows a bar on stderr, which leaves stdout to the figures, while `work` goes on.
 *
 * @param format of the line, with a `{name}` for each value that `work` tells beside how far it is.
 * @param initial these values before `work` has told any.
 * @param work gets a function to call with how much of `total` is done, and with the values.
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
