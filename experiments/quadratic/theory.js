/**
 * The linear map of one cycle, for one eigenvalue of the Hessian: k steps of heavy ball, then the merge. After a merge
 * the slow weight equals the fast one, and with pullback the cached momentum equals the present one, so (θ, m) is the
 * whole state.
 */

/** A step of heavy ball: m ← β m + a θ, then θ ← θ - lr m. With β = 0 it is gradient descent. */
function innerStep(eigenvalue, { lr, momentum }) {
  return [
    [1 - lr * eigenvalue, -lr * momentum],
    [eigenvalue, momentum],
  ];
}

const momentumRow = {
  none: (inner) => inner,
  reset: () => [0, 0],
  pullback: (inner, alpha) => [alpha * inner[0], 1 - alpha + alpha * inner[1]],
};

function cycle(eigenvalue, optimizer, lookahead) {
  const step = innerStep(eigenvalue, optimizer);
  if (!lookahead) return step;
  const { k, alpha, pullbackMomentum } = lookahead;
  const [weight, momentum] = power(step, k);
  return [[1 - alpha + alpha * weight[0], alpha * weight[1]], momentumRow[pullbackMomentum](momentum, alpha)];
}

/** The greater modulus of the two eigenvalues. */
export function spectralRadius([[a, b], [c, d]]) {
  const half = (a + d) / 2;
  const determinant = a * d - b * c;
  const discriminant = half ** 2 - determinant;
  return discriminant < 0 ? Math.sqrt(determinant) : Math.abs(half) + Math.sqrt(discriminant);
}

/** @returns the factor by which the slowest coordinate shrinks, for each inner step. */
export function ratePerStep(spectrum, optimizer, lookahead) {
  const radii = spectrum.map((eigenvalue) => spectralRadius(cycle(eigenvalue, optimizer, lookahead)));
  return Math.max(...radii) ** (1 / (lookahead?.k ?? 1));
}

/** Rates ρ as -ln ρ, because six digits of a ρ near 1 say little. */
export function asDecays(rate, theory) {
  const [decay, expected] = [-Math.log(rate), -Math.log(theory)];
  return { decay, theory: expected, deviation: decay / expected - 1 };
}

function multiply([[a, b], [c, d]], [[e, f], [g, h]]) {
  return [
    [a * e + b * g, a * f + b * h],
    [c * e + d * g, c * f + d * h],
  ];
}

function power(matrix, exponent) {
  if (exponent === 1) return matrix;
  const root = power(matrix, Math.floor(exponent / 2));
  const square = multiply(root, root);
  return exponent % 2 === 0 ? square : multiply(square, matrix);
}
