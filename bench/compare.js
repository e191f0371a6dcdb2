import { measure } from 'mitata';
import { summarize } from './statistics.js';

/** How long to measure. A short run shows that everything works; its figures say little. */
export const efforts = {
  full: { rounds: 5, min_cpu_time: 50e6, min_samples: 3, max_samples: 2000 },
  short: { rounds: 1, min_cpu_time: 2e6, min_samples: 2, max_samples: 20 },
};

/** Runs below the clock's resolution are timed in batches of about a millisecond. */
const batches = { batch_samples: 1024, batch_threshold: 8192 };

/** Without `--expose-gc`, mitata forces a garbage collection by allocating a gigabyte, which a phone does not have. */
const gc = globalThis.gc ?? false;

async function sample({ prepare, run, samples }, { rounds: _, ...limits }) {
  if (samples) return samples(limits.min_cpu_time);
  const measured = prepare
    ? await measure(
        function* () {
          yield { 0: prepare, bench: (_prepared) => run() };
        },
        { ...limits, gc, batch_threshold: -1 }, // a batch would call `prepare` once for many runs
      )
    : await measure(() => run(), { ...limits, ...batches, gc });
  return measured.samples;
}

/**
 * Times contenders A B A B in one run, so that other work on the machine slows all of them alike.
 *
 * @param contenders by name: `run` is timed; `prepare`, if there is one, is called before every run, untimed. One that
 * runs elsewhere has `samples(nanoseconds)` instead, and times itself for that long.
 * @returns the median and the quartiles of each, in nanoseconds. Times below the resolution of a browser's clock are
 * left out.
 */
export async function compare(contenders, effort) {
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  // One more round than is counted, because the engine still compiles in the first.
  for (let round = 0; round <= effort.rounds; ++round) {
    for (const [name, contender] of Object.entries(contenders)) {
      const times = await sample(contender, effort);
      if (round > 0) samples[name] = samples[name].concat(times);
    }
  }
  const summaries = Object.entries(samples).map(([name, times]) => [name, summarize(times)]);
  return Object.fromEntries(summaries.filter(([, { median }]) => median > 0));
}

/** Called before anything is timed. Results must be equal bit for bit, or within `tolerance` on a GPU. */
export function assertSame(name, values, expected, tolerance = 0) {
  const bits = ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length);
  const [actualBits, expectedBits] = [bits(values), bits(expected)];
  for (let i = 0; i < expected.length; ++i) {
    if (actualBits[i] !== expectedBits[i] && !(Math.abs(values[i] - expected[i]) <= tolerance)) {
      throw new Error(`${name}: element ${i} is ${values[i]}, expected ${expected[i]}`);
    }
  }
  if (values.length !== expected.length) throw new Error(`${name}: ${values.length} of ${expected.length} elements`);
}
