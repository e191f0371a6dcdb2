/**
 * The paper's section 3: the loss ½ a (θ - c)² with a new c ~ N(0, σ²) at each step, one coordinate of a diagonal
 * quadratic. A step of gradient descent is θ ← L θ + (1 - L) c with L = 1 - lr a.
 */

/** @returns the stationary variance of θ, in units of σ². */
export function sgdVariance(lr) {
  const L = 1 - lr;
  return lr ** 2 / (1 - L ** 2);
}

/** @returns the stationary variance of the slow weights, as a share of that of gradient descent. */
export function varianceRatio(lr, { k, alpha }) {
  const L = 1 - lr;
  const merged = alpha ** 2 * (1 - L ** (2 * k));
  return merged / (merged + 2 * alpha * (1 - alpha) * (1 - L ** k));
}

/** @returns the stationary variance of the fast weights `j` steps after a merge, as the same share. */
export function fastVarianceRatio(lr, lookahead, j) {
  const forgotten = (1 - lr) ** (2 * j);
  return forgotten * varianceRatio(lr, lookahead) + (1 - forgotten);
}

/** @returns the factor by which a cycle shrinks the mean. */
export function contraction(lr, { k, alpha }) {
  return 1 - alpha + alpha * (1 - lr) ** k;
}

/** @returns the relative standard error of a variance estimated from independent normal samples. */
export function relativeError(samples) {
  return Math.sqrt(2 / (samples - 1));
}
