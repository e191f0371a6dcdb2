import { type Optimizer, type Tensor, tidy, util, type Variable, zerosLike } from '@tensorflow/tfjs-core';
import { checkValue } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import type { NamedTensor } from '../base/named-tensor.js';
import type { PullbackMomentum } from '../lookahead-settings.js';
import { goesByPosition, innermost } from '../state/classes.js';
import { momentumOf } from '../state/slots.js';
import { Pairs } from './pairs.js';

/** The momentum of an inner optimizer, and what becomes of it at a merge. */
export class InnerMomentum {
  readonly #inner: Optimizer;
  readonly #isReset: boolean;
  /** With 'pullback': the momentum as fast weights, its values after the last merge as slow ones. */
  #cache: Pairs | null;
  /** The slots when the cache last followed. */
  #followed: readonly Variable[] = [];

  constructor(inner: Optimizer, pullback: PullbackMomentum) {
    this.#inner = inner;
    this.#isReset = pullback === 'reset';
    this.#cache = pullback === 'pullback' ? new Pairs() : null;
  }

  get #slots(): Variable[] {
    return momentumOf(this.#inner) ?? [];
  }

  /** The cached momentum, in the order of the slots. */
  get cached(): NamedTensor[] {
    const cache = this.#cache;
    if (!cache) return [];
    const slowOf = new Map(cache.fast.map((slot, i) => [slot, cache.slow[i] as Tensor]));
    return this.#slots.map((slot) => ({ name: 'cached', tensor: slowOf.get(slot) as Tensor }));
  }

  /**
   * To be called whenever slots may have come or gone. One is made at the first step of its variable: its initial value, zero, is cached.
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
    this.#cache?.interpolate(alpha, 'shared');
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
    this.#cache?.arrange(this.#cache.fast.filter((slot) => !gone.has(slot)));
    this.#followed = [];
  }

  /** The momentum as it is now is cached. */
  adopt(): void {
    this.#cache?.adoptFast();
  }

  /** @throws Error unless these can be {@link restore restored} for the slots that the inner optimizer holds now. */
  checkRestorable(values: readonly NamedTensor[]): void {
    if (!this.#cache) return;
    const slots = this.#slots;
    if (values.length > 0 && values.length !== slots.length) {
      throw mistake(
        `'weights' hold the cached momentum of ${values.length} variables, but the inner optimizer ` +
          `has stepped ${slots.length}. Pass a whole list, as getWeights() returned it.`,
      );
    }
    values.forEach(({ tensor }, i) => {
      checkValue(`the cached momentum ${i}`, tensor, slots[i] as Variable);
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
    const cache = new Pairs();
    cache.append(slots, values.length > 0 ? values.map(({ tensor }) => tensor) : slots);
    this.#cache.dispose();
    this.#cache = cache;
    this.#followed = slots;
  }

  dispose(): void {
    this.#cache?.dispose();
  }
}
