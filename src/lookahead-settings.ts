/** The settings of a Lookahead, in a loop and as an optimizer: what each is, has to be, is by default, and excludes. */

import type { Optimizer } from '@tensorflow/tfjs-core';
import { describe, mistake } from './base/errors.js';
import { checkSetting, readTable, type Setting } from './base/settings-table.js';
import { type Clipping, type ClippingSettings, checkClipping } from './clip.js';
import { goesByPosition, innermost } from './state/classes.js';
import { checkFree } from './state/life.js';
import { momentumOf } from './state/slots.js';

/**
 * The settings of {@link Lookahead}.
 *
 * @example
 * const config: LookaheadConfig = { k: 10, alpha: 0.8 };
 */
export interface LookaheadConfig {
  /** Fast steps from one merge to the next: an integer of at least 1, or Infinity: only `flush()` merges. Default 5. */
  k?: number;
  /** How far the slow weights step towards the fast ones at a merge: a number in [0, 1]. Default 0.5. */
  alpha?: number;
  /**
   * Steps the slow weights at a merge, instead of alpha, with slow - fast as their gradient. It belongs to the Lookahead
   * from then on, and is saved and disposed with it. A weight that nothing has moved since the last merge, as in a frozen
   * layer, has no gradient, so that a momentum does not move it either.
   *
   * - `tf.train.sgd(a)`: Lookahead with alpha = a, up to rounding;
   * - `tf.train.momentum(0.7, 0.9, true)`: DiLoCo (arXiv 2311.08105), SNOO (arXiv 2510.15830);
   * - `tf.train.momentum(1, 0.6)`: SlowMo (arXiv 1910.00643).
   */
  outer?: Optimizer;
  /**
   * Whether the fast weights restart from the slow ones at a merge. With false they go on from where they are, and the
   * slow weights are a moving average of them: an exponential one with `k: 1, alpha: 1 - decay`. Default true.
   */
  restart?: boolean;
}

/**
 * The settings of {@link lookahead} and {@link LookaheadOptimizer}.
 *
 * @example
 * const config: LookaheadOptimizerConfig = { k: 10, alpha: 0.8, pullbackMomentum: 'reset' };
 */
export interface LookaheadOptimizerConfig extends LookaheadConfig, Clipping {
  /**
   * The fate of the inner optimizer's momentum at a merge (the authors' name and meaning). Default 'none'.
   *
   * - 'none': it is kept.
   * - 'reset': it is set back to zero, its initial state.
   * - 'pullback': it is merged as the weights are, `m = cached + alpha * (m - cached)`, where `cached` is its value
   *   after the last merge, and zero before the first.
   *
   * The momentum is the accumulation of Momentum and Lion, the first moment of Adam, Adamax, AdamW, RAdam and NAdam (the
   * second moment and the infinity norm are kept), and the accumulated moments of an RMSProp with a momentum. A bias
   * correction goes on counting. After a reset late in training the first steps are short, since m restarts at zero
   * uncorrected.
   */
  pullbackMomentum?: PullbackMomentum;
  /**
   * The reaction to a fast weight that is NaN or infinite at a merge, and to a slow one that becomes so by a step of the
   * outer optimizer, which is then taken back. Default 'propagate'.
   *
   * - 'propagate': it is merged, as tfjs computes it.
   * - 'throw': the step throws, naming the variable; nothing is merged, so {@link LookaheadOptimizer.withSlowWeights}
   *   still gives the last weights that were good.
   * - 'restore': the fast weights go back to the slow ones, and the inner optimizer, which has to be one of tfjs's own or of
   *   this package's, starts with an empty state. After ten cycles in a row that end so, the step throws.
   *
   * 'throw' and 'restore' look at every weight before a merge. They cannot do that on webgpu, where each step throws.
   */
  nonFinite?: NonFinite;
}

/**
 * The fate of the inner optimizer's momentum at a merge: 'none' keeps it, 'reset' sets it to zero, 'pullback'
 * merges it as the weights are. See {@link LookaheadOptimizerConfig}.
 *
 * @example
 * const pullbackMomentum: PullbackMomentum = 'reset';
 * const optimizer = lookahead(tf.train.adam(1e-3), { pullbackMomentum });
 */
export type PullbackMomentum = 'none' | 'reset' | 'pullback';

/**
 * The reaction to a weight that is NaN or infinite at a merge. See {@link LookaheadOptimizerConfig}.
 *
 * @example
 * const nonFinite: NonFinite = 'restore';
 * const optimizer = lookahead(tf.train.adam(1e-3), { nonFinite });
 */
export type NonFinite = 'propagate' | 'throw' | 'restore';

/** The settings as they are in use. */
export interface Settings {
  k: number;
  /** NaN where an outer optimizer takes its place. */
  alpha: number;
  readonly outer: Optimizer | null;
  readonly restart: boolean;
}

export interface OptimizerSettings extends Settings, ClippingSettings {
  readonly pullbackMomentum: PullbackMomentum;
  readonly nonFinite: NonFinite;
}

/** The settings of {@link LookaheadConfig}. */
export const loopSettings = {
  k: {
    byDefault: 5,
    fits: (k: number) => (Number.isInteger(k) || k === Number.POSITIVE_INFINITY) && k >= 1,
    must: 'an integer of at least 1, or Infinity, with which only flush() merges',
    remedy: 'The paper uses 5 or 10.',
  },
  alpha: {
    byDefault: 0.5,
    fits: (alpha: number) => alpha >= 0 && alpha <= 1,
    must: 'a number in [0, 1]',
    remedy: 'The paper uses 0.5 or 0.8.',
  },
  outer: { byDefault: null, check: checkFree },
  restart: { byDefault: true, must: 'true or false' },
};

/** A setting that is one of these words, by default the first. */
const oneOf = (byDefault: string, second: string, third: string): Setting => ({
  byDefault,
  fits: (value: string) => [byDefault, second, third].includes(value),
  must: `'${byDefault}', '${second}' or '${third}'`,
});

/** Those that {@link LookaheadOptimizerConfig} has besides, but for clipping: not spread in here, which some bundlers keep. */
export const optimizerSettings = {
  pullbackMomentum: /*#__PURE__*/ oneOf('none', 'reset', 'pullback'),
  nonFinite: /*#__PURE__*/ oneOf('propagate', 'throw', 'restore'),
};

/** @throws Error if the config has an unknown key or a value that does not fit, or two that exclude each other. */
export function readSettings<T extends Settings>(table: Record<keyof T, Setting>, config: object): T {
  const settings = readTable<T>(table, config);
  checkAlphaSteps((config as LookaheadConfig).alpha, settings);
  if (settings.outer) settings.alpha = Number.NaN;
  return settings;
}

/** Sets one that may change. */
export function change(settings: Settings, name: 'k' | 'alpha', value: number): void {
  checkSetting(loopSettings[name], name, value);
  if (name === 'alpha') checkAlphaSteps(value, settings);
  settings[name] = value;
}

function checkAlphaSteps(alpha: number | undefined, { outer }: Settings): void {
  if (alpha === undefined || !outer) return;
  throw mistake(
    `'alpha' is ${describe(alpha)}, and there is an 'outer' optimizer, but only one can step the slow weights. ` +
      'Leave one out; tf.train.sgd(alpha) as the outer optimizer is what alpha is.',
  );
}

/** @throws Error if settings exclude each other, or the inner optimizer. */
export function checkInner(inner: Optimizer, settings: OptimizerSettings): void {
  const { outer, restart, pullbackMomentum, nonFinite } = settings;
  checkClipping(settings);
  const exclude = (isExcluded: boolean, message: string) => {
    if (isExcluded) throw mistake(message);
  };
  exclude(outer === inner, "'outer' is the inner optimizer too. Make one of its own for it.");
  if (pullbackMomentum !== 'none') {
    const given = `'pullbackMomentum' is '${pullbackMomentum}', `;
    exclude(
      !momentumOf(inner),
      `${given}but the inner optimizer has no momentum. Use 'none', or one that has: SGD with momentum, any Adam, ` +
        'NAdam, Lion, or RMSProp with a momentum above 0.',
    );
    exclude(
      pullbackMomentum === 'pullback' && outer !== null,
      `${given}which interpolates with alpha, but an 'outer' optimizer takes the place of alpha. Use 'reset' or 'none'.`,
    );
    exclude(
      !restart,
      `${given}but with 'restart' false a merge leaves the fast weights as they are, and so their momentum. Use 'none'.`,
    );
  }
  exclude(
    nonFinite === 'restore' && !goesByPosition(inner),
    "'nonFinite' is 'restore', but only the state of optimizers of tfjs and of this package can be emptied, and the inner " +
      "one is of another class. Use 'throw'.",
  );
  exclude(
    nonFinite !== 'propagate' && outer !== null && innermost(outer) !== outer,
    `'nonFinite' is '${nonFinite}', but a step of the 'outer' optimizer that is not finite cannot be taken ` +
      "back, since it is a Lookahead. Use 'propagate', or another optimizer.",
  );
}
