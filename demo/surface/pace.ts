import type { TracedStep } from './descent.js';

/** The cycles that play slowly, so that one can follow what happens. */
const SLOW_CYCLES = 2;

/** The steps per second that are chosen at first. Whoever chooses more is faster here too. */
const USUAL_SPEED = 16;

/** Fractions of the speed. */
const SLOW = 1 / 7;
const AT_A_MERGE = 1 / 20;
const SPEEDING_UP = 1 / 3;

/** A slow cycle takes no longer than this many steps at full speed. */
const LONGEST_CYCLE = 50;

const mergesIn = (trace: TracedStep[]) => trace.filter(({ merged }) => merged).length;

/** Whether the trace is still so short that words on the map explain it. */
export function isExplaining(trace: TracedStep[]): boolean {
  const merges = mergesIn(trace);
  return merges < SLOW_CYCLES || (merges === SLOW_CYCLES && trace.at(-1)?.merged === true);
}

function partOfSpeed(trace: TracedStep[], k: number): number {
  if (isExplaining(trace)) return trace.at(-1)?.merged ? AT_A_MERGE : Math.min(1, Math.max(SLOW, k / LONGEST_CYCLE));
  return mergesIn(trace) === SLOW_CYCLES ? SPEEDING_UP : 1;
}

/** How fast to continue after this trace, in steps per second: no faster than chosen. */
export function speedAfter(trace: TracedStep[], k: number, chosen: number): number {
  return Math.min(chosen, partOfSpeed(trace, k) * Math.max(chosen, USUAL_SPEED));
}
