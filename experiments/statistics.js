import { mean, median, sampleStandardDeviation } from 'simple-statistics';

export { mean, median };

/** The mean and the standard deviation of single values, as text. */
export function meanAndSpread(values, digits = 3) {
  return `${mean(values).toFixed(digits)} ± ${sampleStandardDeviation(values).toFixed(digits)}`;
}

/** The mean of differences and its standard error, as text. */
export function meanAndStandardError(differences, digits = 3) {
  const error = sampleStandardDeviation(differences) / Math.sqrt(differences.length);
  return `${mean(differences).toFixed(digits).replace('-', '−')} ± ${error.toFixed(digits)}`;
}
