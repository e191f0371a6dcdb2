import { type Optimizer, type Tensor, tidy, util, type Variable, zerosLike } from '@tensorflow/tfjs-core';
import { checkValue, describe } from '../checks.js';
import type { NamedTensor } from '../named-tensor.js';
import { SlowWeights } from '../slow-weights.js';
import { goesByPosition, innermost } from '../state/classes.js';
import { momentumOf } from '../state/slots.js';

const pullbacks = ['none', 'reset', 'pullback'] as const;

/**
 * What becomes of the inner optimizer's momentum at a merge: 'none' keeps it, 'reset' sets it to zero, 'pullback'
 * merges it as the weights are. See {@link LookaheadOptimizerConfig}.
 *
 * @example
 * const pullbackMomentum: PullbackMomentum = 'reset';
 * const optimizer = lookahead(tf.train.adam(1e-3), { pullbackMomentum });
 */
export type PullbackMomentum = (typeof pullbacks)[number];

/**
 * @throws Error if `pullback` is none of the three, if the inner optimizer has no momentum that it could apply to, or if
 * the merge has no alpha or no restart for it.
 */
export function checkPullback(
  where: string,
  pullback: PullbackMomentum,
  inner: Optimizer,
  { outer, restart }: { outer: Optimizer | undefined; restart: boolean },
): void {
  if (!pullbacks.includes(pullback)) {
    throw new Error(
      `${where}: 'pullbackMomentum' is ${describe(pullback)}, but must be 'none', 'reset' or 'pullback'.`,
    );
  }
  if (pullback !== 'none' && !momentumOf(inner)) {
    throw new Error(
      `${where}: 'pullbackMomentum' is '${pullback}', but the inner optimizer has no momentum. ` +
        "Use 'none', or one that has: Momentum, Adam, Adamax, or RMSProp with a momentum above 0.",
    );
  }
  if (pullback === 'pullback' && outer) {
    throw new Error(
      `${where}: 'pullbackMomentum' is 'pullback', which interpolates with alpha, but an 'outer' optimizer takes the ` +
        "place of alpha. Use 'reset' or 'none'.",
    );
  }
  if (pullback !== 'none' && !restart) {
    throw new Error(
      `${where}: 'pullbackMomentum' is '${pullback}', but with 'restart' false a merge leaves the fast weights as they ` +
        "are, and so their momentum. Use 'none'.",
    );
  }
}

/** The momentum of an inner optimizer, and what becomes of it at a merge. */
export class InnerMomentum {
  readonly #inner: Optimizer;
  readonly #isReset: boolean;
  /** With 'pullback': the momentum as fast weights, its values after the last merge as slow ones. */
  #cache: SlowWeights | null;
  /** The slots when the cache last followed. */
  #followed: Variable[] = [];

  constructor(inner: Optimizer, pullback: PullbackMomentum) {
    this.#inner = inner;
    this.#isReset = pullback === 'reset';
    this.#cache = pullback === 'pullback' ? new SlowWeights() : null;
  }

  get #slots(): Variable[] {
    return momentumOf(this.#inner) ?? [];
  }

  /** The cached momentum, in the order of the slots, named by position. */
  get cached(): NamedTensor[] {
    if (!this.#cache) return [];
    const { fast, slow } = this.#cache;
    const slowOf = new Map(fast.map((momentum, i) => [momentum, slow[i] as Tensor]));
    return this.#slots.map((slot, i) => ({ name: `${i}`, tensor: slowOf.get(slot) as Tensor }));
  }

  /**
   * Whenever slots may have come or gone. One is made at the first step of its variable: its initial value, zero, is cached.
   * What was cached for a slot that is gone goes too. One that is replaced, as setWeights() of an optimizer of tfjs does it,
   * has the same momentum at another value: what was cached stays.
   */
  follow(): void {
    const cache = this.#cache;
    if (!cache) return;
    const slots = this.#slots;
    const before = this.#followed;
    if (slots.length === before.length && slots.every((slot, i) => slot === before[i])) return;
    const isSlot = new Set(slots);
    slots.forEach((slot, i) => {
      const replaced = before[i];
      const at = !replaced || isSlot.has(replaced) || cache.fast.includes(slot) ? -1 : cache.fast.indexOf(replaced);
      if (at >= 0 && util.arraysEqual((replaced as Variable).shape, slot.shape)) cache.fast[at] = slot;
    });
    const alive = cache.fast.filter((slot) => isSlot.has(slot) && !slot.isDisposed);
    if (alive.length < cache.fast.length) cache.arrange(alive);
    const isCached = new Set(alive);
    const fresh = slots.filter((slot) => !isCached.has(slot));
    tidy(() => cache.append(fresh, fresh.map(zerosLike)));
    this.#followed = slots;
  }

  merge(alpha: number): void {
    this.#cache?.merge(alpha, 'shared');
    if (!this.#isReset) return;
    tidy(() => {
      for (const slot of this.#slots) slot.assign(zerosLike(slot));
    });
  }

  /** Lets go of what is cached for the variables at these positions. */
  forget(positions: ReadonlySet<number>): void {
    if (!goesByPosition(innermost(this.#inner))) return;
    const gone = new Set(this.#slots.filter((_, i) => positions.has(i)));
    if (gone.size === 0) return;
    this.#cache?.arrange(this.#cache.fast.filter((momentum) => !gone.has(momentum)));
    this.#followed = [];
  }

  /** The momentum as it is now is cached. */
  adopt(): void {
    this.#cache?.adopt();
  }

  /** @throws Error unless these can be {@link restore restored} for the slots that the inner optimizer holds now. */
  checkRestorable(where: string, values: readonly NamedTensor[]): void {
    if (!this.#cache) return;
    const slots = this.#slots;
    if (values.length > 0 && values.length !== slots.length) {
      throw new Error(
        `${where}: 'weights' hold the cached momentum of ${values.length} variables, but the inner optimizer ` +
          `has stepped ${slots.length}. Pass a whole list, as getWeights() returned it.`,
      );
    }
    values.forEach(({ name, tensor }, i) => {
      checkValue(where, `the cached momentum ${name}`, tensor, slots[i] as Variable);
    });
  }

  /**
   * A cache for the momentum that the inner optimizer holds now.
   *
   * @param values what was cached for each slot. None: the present momentum.
   */
  restore(values: readonly NamedTensor[]): void {
    if (!this.#cache) return;
    const slots = this.#slots;
    const cache = new SlowWeights();
    cache.append(slots, values.length > 0 ? values.map(({ tensor }) => tensor) : slots);
    this.#cache.dispose();
    this.#cache = cache;
    this.#followed = slots;
  }

  dispose(): void {
    this.#cache?.dispose();
  }
}
