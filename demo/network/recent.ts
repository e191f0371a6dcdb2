import { mean, standardDeviation } from 'simple-statistics';
import type { Evaluation } from './comparison.js';

/** So many steps are recent. */
const STEPS = 200;

/** The evaluations of the last steps up to `now`. */
export function recent(evaluations: Evaluation[], now: number): Evaluation[] {
  return evaluations.filter(({ step }) => step > now - STEPS);
}

/** Mean and standard deviation of the held-out loss. */
export interface Spread {
  mean: number;
  deviation: number;
}

/** Over the last steps up to `now`; undefined before there are so many. */
export function spreadOf(kind: keyof Evaluation['loss'], evaluations: Evaluation[], now: number): Spread | undefined {
  if (now < STEPS) return undefined;
  const losses = recent(evaluations, now).map(({ loss }) => loss[kind]);
  return { mean: mean(losses), deviation: standardDeviation(losses) };
}
