import { mean } from 'simple-statistics';

/**
 * The mean of each value and up to `radius` on either side: as many before it as after it, so that a fall stays in
 * place.
 */
export function centredMeans(values, radius) {
  return values.map((_, i) => {
    const reach = Math.min(i, radius);
    return mean(values.slice(i - reach, i + reach + 1));
  });
}
