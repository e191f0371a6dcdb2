import { sum } from 'simple-statistics';
import { sgdVariance } from '../noisy-quadratic/theory.js';
import { spectralRadius } from '../quadratic/theory.js';

/**
 * One coordinate of a quadratic, with the eigenvalue a, gradient descent inside and an outer optimizer with momentum μ.
 * Within a cycle the k steps turn θ into w θ + ξ, w = (1 - lr a)^k, where ξ is the noise that they have collected. So the
 * outer gradient is c θ - ξ with c = 1 - w. An outer step is m ← μ m + gradient, then θ ← θ - η m with heavy ball, and
 * θ ← θ - η (gradient + μ m) with Nesterov. Without m, that is a recurrence of the slow weight alone, from merge to merge:
 *
 *     θ'' = p θ' + q θ + r ξ' + s ξ
 */
function recurrence(eigenvalue, { lr, k, outer: { lr: eta, momentum, nesterov } }) {
  const c = 1 - (1 - lr * eigenvalue) ** k;
  return nesterov
    ? {
        p: (1 + momentum) * (1 - eta * c),
        q: -momentum * (1 - eta * c),
        r: eta * (1 + momentum),
        s: -eta * momentum,
      }
    : { p: 1 + momentum - eta * c, q: -momentum, r: eta, s: 0 };
}

/** @returns the factor by which a cycle shrinks the distance to the minimum, in the long run. */
function ratePerCycle(eigenvalue, settings) {
  const { p, q } = recurrence(eigenvalue, settings);
  return spectralRadius([
    [p, q],
    [1, 0],
  ]);
}

/** @returns the same for the slowest coordinate and for each inner step. */
export function ratePerStep(spectrum, settings) {
  if (!settings.outer) return Math.max(...spectrum.map((eigenvalue) => Math.abs(1 - settings.lr * eigenvalue)));
  return Math.max(...spectrum.map((eigenvalue) => ratePerCycle(eigenvalue, settings))) ** (1 / settings.k);
}

/**
 * @param settings where lr stands for lr times the eigenvalue.
 * @returns the stationary variance of the slow weights: that of the recurrence, an ARMA(2, 1) process. Units of σ².
 */
export function stationaryVariance(settings) {
  if (!settings.outer) return sgdVariance(settings.lr);
  const { p, q, r, s } = recurrence(1, settings);
  const powers = (1 - q) * (r ** 2 + s ** 2) + 2 * p * r * s;
  return (collectedVariance(settings) * powers) / ((1 + q) * ((1 - q) ** 2 - p ** 2));
}

/** @returns the variance of ξ: k steps with L = 1 - lr a, each of which adds (1 - L) times a normal number of variance σ². */
function collectedVariance({ lr, k }) {
  return sgdVariance(lr) * (1 - (1 - lr) ** (2 * k));
}

/** @returns the stationary loss of all coordinates, each with the noise σ, as a share of what a variance of σ² would give. */
export function stationaryLoss(spectrum, settings) {
  const losses = spectrum.map(
    (eigenvalue) => eigenvalue * stationaryVariance({ ...settings, lr: settings.lr * eigenvalue }),
  );
  return sum(losses) / sum(spectrum);
}

/** @returns after how many cycles from a common start the variance is short of its final value by this share. */
export function cyclesUntil(share, settings) {
  const { p, q, r, s } = recurrence(1, settings);
  const final = stationaryVariance(settings) / collectedVariance(settings);
  let [before, response, missing] = [0, r, final];
  for (let cycle = 1; ; ++cycle) {
    missing -= response ** 2;
    if (missing < share * final) return cycle;
    [before, response] = [response, p * response + q * before + (cycle === 1 ? s : 0)];
  }
}
