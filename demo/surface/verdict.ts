import { formatNumber } from '../page/format.js';
import { compare, divergence } from '../page/rivals.js';

/**
 * Which of both is closer to the minimum, from their distances to it.
 *
 * @param isAtLimit whether the learning rate is just below the one at which the plain optimizer diverges.
 */
export function verdict(inner: string, plain: number, slow: number, atStart: number, isAtLimit: boolean): string {
  const times = (far: number, near: number) => {
    const ratio = far / near;
    return ratio < 1000 ? `${formatNumber(ratio)} times` : 'more than 1000 times';
  };
  const outcome = compare(plain, slow, 100 * atStart);
  switch (outcome) {
    case 'ahead':
      return (
        `Lookahead is ahead: its slow weights are ${times(plain, slow)} closer to the minimum than plain ${inner}` +
        `${isAtLimit ? `, at this rate, just below where plain ${inner} diverges` : ''}.`
      );
    case 'behind':
      return `Lookahead loses here: plain ${inner} is ${times(slow, plain)} closer to the minimum than the slow weights.`;
    case 'level':
      return `Lookahead and plain ${inner} are about as far from the minimum.`;
    default:
      return divergence(outcome, inner) as string;
  }
}
