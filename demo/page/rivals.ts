/** Which of two results is better, plain or slow, where less is better. */
export type Outcome = 'ahead' | 'level' | 'behind' | 'plain diverged' | 'slow diverged' | 'both diverged';

/** The words for an outcome in which one or both have diverged; null where both still learn. */
export function divergence(outcome: Outcome, inner: string): string | null {
  switch (outcome) {
    case 'plain diverged':
      return `Plain ${inner} has diverged, Lookahead has not.`;
    case 'slow diverged':
      return `Lookahead loses here: it has diverged, plain ${inner} has not.`;
    case 'both diverged':
      return 'Both have diverged.';
    default:
      return null;
  }
}

/** Results that are closer together than this share count as level. */
const LEVEL = 0.05;

/** @param limit results above this count as diverged. */
export function compare(plain: number, slow: number, limit: number): Outcome {
  const plainHolds = plain < limit; // not if it is NaN
  const slowHolds = slow < limit;
  if (!plainHolds || !slowHolds) {
    if (slowHolds) return 'plain diverged';
    return plainHolds ? 'slow diverged' : 'both diverged';
  }
  if (Math.abs(plain - slow) <= LEVEL * Math.max(plain, slow)) return 'level';
  return slow < plain ? 'ahead' : 'behind';
}
