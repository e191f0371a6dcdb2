import { formatNumber } from '../page/format.js';
import { compare, divergence } from '../page/rivals.js';

/** Which of both is closer to the minimum, from their distances to it. */
export function verdict(inner: string, plain: number, slow: number, atStart: number): string {
  const times = (far: number, near: number) => {
    const ratio = far / near;
    return ratio < 1000 ? `${formatNumber(ratio)} times` : 'more than 1000 times';
  };
  const outcome = compare(plain, slow, 100 * atStart);
  switch (outcome) {
    case 'ahead':
      return `Lookahead is ahead: its slow weights are ${times(plain, slow)} closer to the minimum than plain ${inner}.`;
    case 'behind':
      return `Lookahead loses here: plain ${inner} is ${times(slow, plain)} closer to the minimum than the slow weights.`;
    case 'level':
      return `Lookahead and plain ${inner} are about as far from the minimum.`;
    default:
      return divergence(outcome, inner) as string;
  }
}
