import { Presets, SingleBar } from 'cli-progress';

/** Shows how far the runs are while `work` goes on, which gets a function to call with the share of each run done. */
export async function withProgress(title, count, work) {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage} %  {finished}/${count} runs  {duration_formatted} gone, {eta_formatted} left`,
      barsize: 20,
      noTTYOutput: true,
      notTTYSchedule: 30_000,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  );
  const shares = new Array(count).fill(0);
  bar.start(count, 0, { finished: 0 });
  try {
    return await work((i, share) => {
      shares[i] = share;
      bar.update(
        shares.reduce((sum, each) => sum + each),
        { finished: shares.filter((each) => each === 1).length },
      );
    });
  } finally {
    bar.stop();
  }
}
