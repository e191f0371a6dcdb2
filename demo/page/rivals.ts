/** Which of two results is better, plain or slow, where less is better. */
export type Outcome = 'ahead' | 'level' | 'behind' | 'plain diverged' | 'slow diverged' | 'both diverged';

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
