import { type Optimizer, type Tensor, tidy, util, type Variable, zerosLike } from '@tensorflow/tfjs-core';
import { checkValue } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import type { NamedTensor } from '../base/named-tensor.js';
import type { PullbackMomentum } from '../lookahead-settings.js';
import { goesByPosition, innermost } from '../state/classes.js';
import { momentumOf } from '../state/slots.js';
import { Pairs, slowOf } from './pairs.js';

/** The momentum of an inner optimizer, and what becomes of it at a merge. */
export class InnerMomentum {
  readonly #inner: Optimizer;
  readonly #isReset: boolean;
  /** With 'pullback': the slots as fast weights, by position, and their values after the last merge as slow ones. */
  #cache: Pairs | null;

  constructor(inner: Optimizer, pullback: PullbackMomentum) {
    this.#inner = inner;
    this.#isReset = pullback === 'reset';
    this.#cache = pullback === 'pullback' ? new Pairs() : null;
  }

  get #slots(): Variable[] {
    return momentumOf(this.#inner) ?? [];
  }

  /** The cached momentum, by position. */
  get cached(): NamedTensor[] {
    return this.#cache?.slow.map((tensor) => ({ name: 'cached', tensor })) ?? [];
  }

  /**
   * To be called whenever slots may have come or gone. A slot is made at the first step of its variable. Then its initial
   * value is cached, zero. What was cached for a slot that is gone goes too. Where setWeights() of tfjs has replaced a slot,
   * it is the same momentum at another value. What was cached stays.
   */
  follow(): void {
    const cache = this.#cache;
    if (!cache) return;
    const slots = this.#slots;
    const before = cache.fast;
    if (slots.length === before.length && slots.every((slot, i) => slot === before[i])) return;
    const isSlot = new Set(slots);
    const cachedFor = (slot: Variable, i: number) => {
      const replaced = before[i];
      const isReplaced = replaced && !isSlot.has(replaced) && util.arraysEqual(replaced.shape, slot.shape);
      return slowOf(cache, slot) ?? (isReplaced ? cache.slow[i] : undefined) ?? zerosLike(slot);
    };
    tidy(() => this.#renew(slots.map(cachedFor)));
  }

  merge(alpha: number): void {
    this.#cache?.interpolate(alpha, 'shared');
    if (this.#isReset) this.#slots.forEach(setToZero);
  }

  /** Lets go of what is cached for the variables at these positions. */
  forget(positions: readonly number[]): void {
    if (!goesByPosition(innermost(this.#inner))) return;
    this.follow();
    this.#cache?.slow.filter((_, i) => positions.includes(i)).forEach(setToZero);
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
    if (this.#cache) this.#renew(values.length > 0 ? values.map(({ tensor }) => tensor) : this.#slots);
  }

  #renew(values: readonly Tensor[]): void {
    const former = this.#cache;
    this.#cache = new Pairs();
    this.#cache.append(this.#slots, values);
    former?.dispose();
  }

  dispose(): void {
    this.#cache?.dispose();
  }
}

const setToZero = (variable: Variable): void => tidy(() => variable.assign(zerosLike(variable)));
