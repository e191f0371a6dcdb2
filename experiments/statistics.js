import { mean, median, sampleStandardDeviation } from 'simple-statistics';

export { mean, median };

/** The mean and how far single values are from it, in text. */
export function meanAndSpread(values, digits = 3) {
  return `${mean(values).toFixed(digits)} ± ${sampleStandardDeviation(values).toFixed(digits)}`;
}

/** The mean of differences and how far off it may be by chance, in text. */
export function meanAndStandardError(differences, digits = 3) {
  const error = sampleStandardDeviation(differences) / Math.sqrt(differences.length);
  return `${mean(differences).toFixed(digits).replace('-', '−')} ± ${error.toFixed(digits)}`;
}
