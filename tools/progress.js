import { Presets, SingleBar } from 'cli-progress';

/**
 * Tells how long work will still take, from how long it has taken since it was first asked: what comes before, the start of
 * processes for instance, says nothing about the rest.
 *
 * @param total of the work.
 * @param options.seconds that it takes at most, from now on.
 * @param options.now a clock, in milliseconds.
 * @returns a function that gets how much is done, and returns words such as `3 min 20 s`, or `–` as long as nobody can tell.
 */
export function timeLeft(total, { seconds = Number.POSITIVE_INFINITY, now = () => performance.now() } = {}) {
  const end = now() + 1000 * seconds;
  let first;
  return (done) => {
    if (done > 0) first ??= { done, at: now() };
    const perUnit = done > first?.done ? (now() - first.at) / (done - first.done) : Number.POSITIVE_INFINITY;
    const left = Math.min(done === total ? 0 : (total - done) * perUnit, Math.max(0, end - now()));
    return left === Number.POSITIVE_INFINITY ? '–' : inWords(left / 1000);
  };
}

/** A duration, such as `45 s`, `3 min 20 s` or `2 h 5 min`. */
export function inWords(seconds) {
  const whole = Math.ceil(seconds);
  if (whole < 100) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * Shows a progress bar while `work` goes on: on stderr, because the figures go to stdout.
 *
 * @param format of the line, with a `{name}` for each value that `work` reports beside its progress, and `{left}` for
 * the time that is left.
 * @param seconds that it takes at most, if that is known.
 * @param initial these values before `work` has reported any.
 * @param work gets a function to call with how much of `total` is done, and with these values.
 */
export async function withProgress({ format, total, seconds, initial }, work) {
  const bar = new SingleBar(
    { format, barsize: 15, hideCursor: true, noTTYOutput: true, notTTYSchedule: 15_000 },
    Presets.shades_classic,
  );
  const left = timeLeft(total, { seconds });
  bar.start(total, 0, { left: left(0), ...initial });
  try {
    return await work((done, values) => bar.update(done, { left: left(done), ...values }));
  } finally {
    bar.stop();
  }
}
