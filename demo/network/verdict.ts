import { formatNumber } from '../page/format.js';
import { compare, divergence } from '../page/rivals.js';
import type { Spread } from './recent.js';

/** No network that still learns has a loss above this. */
const LIMIT = 100;

const openings = {
  ahead: 'Lookahead is ahead.',
  behind: 'Lookahead loses here.',
  level: 'The two are about level.',
};

/** Which of the two has the lower held-out loss over the last steps, and whose loss varies more. */
export function verdict(inner: string, plain: Spread, slow: Spread): string {
  const outcome = compare(plain.mean, slow.mean, LIMIT);
  const diverged = divergence(outcome, inner);
  if (diverged) return diverged;
  const steadiness = {
    ahead: `varies ${formatNumber(plain.deviation / slow.deviation)} times as much with plain ${inner}`,
    level: 'varies about as much with both',
    behind: `varies ${formatNumber(slow.deviation / plain.deviation)} times as much with Lookahead`,
  }[compare(plain.deviation, slow.deviation, Number.POSITIVE_INFINITY) as keyof typeof openings];
  return (
    `${openings[outcome as keyof typeof openings]} Over the last 200 steps the held-out loss averages ${formatNumber(slow.mean)} with the slow weights ` +
    `and ${formatNumber(plain.mean)} with plain ${inner}, and it ${steadiness}.`
  );
}
