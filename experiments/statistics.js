import { mean } from '../examples/language-model/statistics.js';

export { mean };

export function standardDeviation(values) {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** The mean and how far single values are from it, in text. */
export function meanAndSpread(values, digits = 3) {
  return `${mean(values).toFixed(digits)} ± ${standardDeviation(values).toFixed(digits)}`;
}
