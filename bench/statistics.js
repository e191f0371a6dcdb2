import { quantileSorted } from 'simple-statistics';

/** The median and the quartiles around it. */
export function summarize(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const [p25, median, p75] = [0.25, 0.5, 0.75].map((p) => quantileSorted(sorted, p));
  return { median, p25, p75, samples: sorted.length };
}

/**
 * The line through [x, y] with the least sum of squared *relative* errors. With absolute errors, the largest of sizes
 * from hundreds to millions would decide alone where the line begins. Undefined for fewer than two points.
 */
export function fitLine(points) {
  if (points.length < 2) return undefined;
  const weighted = (term) => points.reduce((sum, [x, y]) => sum + term(x, y) / (y * y), 0);
  const w = weighted(() => 1);
  const meanX = weighted((x) => x) / w;
  const meanY = weighted((_, y) => y) / w;
  const slope = weighted((x, y) => (x - meanX) * (y - meanY)) / weighted((x) => (x - meanX) ** 2);
  return { intercept: meanY - slope * meanX, slope };
}
