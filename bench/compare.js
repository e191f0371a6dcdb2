import { measure } from 'mitata';
import { summarize } from './statistics.js';

/**
 * How long to measure. A brief run is for those who do not want to wait. A short one shows that everything works; its
 * figures say little. Each section has its own list of what it measures in such a run.
 */
export const efforts = {
  full: { rounds: 5, min_cpu_time: 50e6, min_samples: 3, max_samples: 2000, turns: 8, turns_time: 5000 },
  brief: { rounds: 2, min_cpu_time: 10e6, min_samples: 3, max_samples: 500, turns: 4, turns_time: 1500 },
  short: { rounds: 1, min_cpu_time: 2e6, min_samples: 2, max_samples: 20, turns: 2, turns_time: 0 },
};

/** Runs below the clock's resolution are timed in batches of about a millisecond. */
const batches = { batch_samples: 1024, batch_threshold: 8192 };

/** Without `--expose-gc`, mitata forces a garbage collection by allocating a gigabyte, which a phone does not have. */
const gc = globalThis.gc ?? false;

async function sample({ prepare, run, samples }, { rounds: _, turns: __, turns_time: ___, ...limits }) {
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

/** A run shorter than this is timed in batches of so long: a clock, of a browser above all, is coarse. */
const BATCH_MS = 1;

/** A first run that takes so many times longer needs no batch, even if it was a slow one. */
const CERTAINLY_LONG = 100;

/** Times a batch: so many runs, one after the other. */
async function timeBatch({ run, enter, leave }, runs) {
  await enter?.();
  const start = performance.now();
  for (let i = 0; i < runs; ++i) {
    const pending = run();
    if (pending) await pending; // to await nothing takes longer than a short run
  }
  const time = performance.now() - start;
  leave?.();
  return time;
}

/**
 * Times contenders in turns, one batch of each, none of them always first. Other work on the machine then hits both
 * parts of a ratio alike, even where there is much of it.
 *
 * @param contenders by name: `run` is timed, `enter` and `leave` come before and after a batch, untimed.
 * @returns the median and the quartiles of each, in nanoseconds a run, and of its ratio to the first contender in the
 * same turn; and `times`, those of all turns.
 */
export async function takeTurns(contenders, { turns, turns_time }) {
  const names = Object.keys(contenders);
  const runs = {};
  for (const name of names) {
    const time = () => timeBatch(contenders[name], runs[name]);
    runs[name] = 1;
    const first = await time(); // the engine compiles in it
    if (first > CERTAINLY_LONG * BATCH_MS) continue;
    // The shorter of two: if other work on the machine has drawn one out, it says nothing about the size of a batch.
    while (Math.min(await time(), await time()) < BATCH_MS) runs[name] *= 2;
  }
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const end = performance.now() + turns_time;
  for (let turn = 0; turn < turns || performance.now() < end; ++turn) {
    for (let i = 0; i < names.length; ++i) {
      const name = names[(turn + i) % names.length];
      times[name].push((1e6 * (await timeBatch(contenders[name], runs[name]))) / runs[name]);
    }
  }
  const first = times[names[0]];
  const summarizeEach = (of) => Object.fromEntries(names.map((name) => [name, summarize(of(times[name]))]));
  return { ns: summarizeEach((ns) => ns), ratios: summarizeEach((ns) => ns.map((time, i) => time / first[i])), times };
}

/**
 * Call it before anything is timed: a fast wrong answer is no contender. The values must be the same bit for bit, or
 * within `tolerance` where a GPU computes.
 */
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
