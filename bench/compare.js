import { measure } from 'mitata';

const ROUNDS = 5;
const NANOSECONDS_PER_ROUND = 120e6;

const median = (samples) => samples.sort((a, b) => a - b)[samples.length >> 1];

/**
 * Times contenders A B A B in one run, so that what else the machine does hits all of them alike.
 *
 * @param contenders by name: `run` is timed; `prepare`, where there is one, goes before every single run, untimed.
 * @returns the median of each, in nanoseconds.
 */
export async function compare(contenders) {
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; ++round) {
    for (const [name, { prepare, run }] of Object.entries(contenders)) {
      const options = { min_cpu_time: NANOSECONDS_PER_ROUND, min_samples: 3 };
      const measured = prepare
        ? await measure(
            function* () {
              yield { 0: prepare, bench: (_prepared) => run() };
            },
            { ...options, batch_threshold: -1 }, // a batch would prepare once for many runs
          )
        : await measure(() => run(), options);
      samples[name].push(...measured.samples);
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, times]) => [name, median(times)]));
}

/** Before anything is timed: a fast wrong answer is no contender. Bit for bit, or within `tolerance` where a GPU computes. */
export function assertEqual(results, tolerance = 0) {
  const [[firstName, first], ...others] = Object.entries(results);
  for (const [name, values] of others) {
    const differs = values.some((v, i) => !Object.is(v, first[i]) && !(Math.abs(v - first[i]) <= tolerance));
    if (differs || values.length !== first.length) throw new Error(`${name} and ${firstName} differ`);
  }
}
