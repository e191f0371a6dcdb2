import { formatNumber } from '../page/format.js';
import { compare, type Outcome } from '../page/rivals.js';
import type { Spread } from './recent.js';

/** No network that still learns has a loss above this. */
const LIMIT = 100;

function openingOf(outcome: Outcome, inner: string): string {
  switch (outcome) {
    case 'ahead':
      return 'Lookahead is ahead.';
    case 'behind':
      return 'Lookahead loses here.';
    case 'level':
      return 'The two are about level.';
    case 'plain diverged':
      return `Plain ${inner} has diverged, Lookahead has not.`;
    case 'slow diverged':
      return `Lookahead loses here: it has diverged, plain ${inner} has not.`;
    case 'both diverged':
      return 'Both have diverged.';
  }
}

/** Which of the two has the lower held-out loss over the last steps, and whose loss varies more. */
export function verdict(inner: string, plain: Spread, slow: Spread): string {
  const outcome = compare(plain.mean, slow.mean, LIMIT);
  const opening = openingOf(outcome, inner);
  if (outcome.endsWith('diverged')) return opening;
  const steadiness = {
    ahead: `varies ${formatNumber(plain.deviation / slow.deviation)} times as much with plain ${inner}`,
    level: 'varies about as much with both',
    behind: `varies ${formatNumber(slow.deviation / plain.deviation)} times as much with Lookahead`,
  }[compare(plain.deviation, slow.deviation, Number.POSITIVE_INFINITY) as 'ahead' | 'level' | 'behind'];
  return (
    `${opening} Over the last 200 steps the held-out loss averages ${formatNumber(slow.mean)} with the slow weights ` +
    `and ${formatNumber(plain.mean)} with plain ${inner}, and it ${steadiness}.`
  );
}
