/**
 * The game min over x, max over y of x y. With z = x + i y a simultaneous step of gradient descent and ascent is
 * z ← (1 + i lr) z, and a cycle of Lookahead z ← (1 - α + α w) z with w = (1 + i lr)^k.
 */
function innerSteps(lr, k) {
  const modulus = (1 + lr ** 2) ** (k / 2);
  const angle = k * Math.atan(lr);
  return { real: modulus * Math.cos(angle), imaginary: modulus * Math.sin(angle) };
}

/** @returns the factor by which a cycle moves the players away from the equilibrium. */
export function growthPerCycle(lr, k, alpha) {
  const { real, imaginary } = innerSteps(lr, k);
  return Math.hypot(1 - alpha + alpha * real, alpha * imaginary);
}

/**
 * The growth is 1 at alpha = 0 and at one other alpha, from |1 - α + α w|² = 1 - 2 α (1 - Re w) + α² |1 - w|².
 *
 * @returns that other alpha. Lookahead converges between the two.
 */
export function greatestAlpha(lr, k) {
  const { real, imaginary } = innerSteps(lr, k);
  return (2 * (1 - real)) / ((1 - real) ** 2 + imaginary ** 2);
}
