import { dispose, keep, type Optimizer, type Tensor, Variable, variable } from '@tensorflow/tfjs-core';
import { isAlive } from '../checks.js';
import { countersTensor } from '../counters.js';
import type { NamedTensor } from '../named-tensor.js';
import { classNameOf, goesByPosition, listsIterations, listsItsOwn } from '../optimizer-state.js';
import type { OuterOptimizer } from '../outer-optimizer.js';
import { release, share } from '../share.js';
import { type InnerState, innermost, readState } from './inner-state.js';
import type { KnownVariables } from './known-variables.js';
import type { InnerMomentum } from './momentum.js';
import type { NonFiniteGuard } from './non-finite.js';
import { checkPlaces, checkSlots, rememberState, writeState } from './restore-inner.js';
import { type Kind, pack, unpack } from './saved-weights.js';

/** All that has a state to save. */
interface Parts {
  readonly inner: Optimizer;
  readonly outer: OuterOptimizer | null;
  readonly known: KnownVariables;
  readonly momentum: InnerMomentum;
  readonly guard: NonFiniteGuard;
}

/** What can still fail in a restore once the inner optimizer is written. */
interface Rest {
  check(): void;
  write(): Promise<void>;
}

/**
 * The rests of the restores that are under way, by the optimizer that steps the weights. In a Lookahead around a
 * Lookahead, the one inside does that of both, while it can still go back.
 */
const pending = new WeakMap<Optimizer, Set<Rest>>();

function pendingAround(innermost: Optimizer): Set<Rest> {
  const found = pending.get(innermost) ?? new Set();
  pending.set(innermost, found);
  return found;
}

/** Disposes what an optimizer of tfjs makes for each list, while all else in it are its own variables. */
function disposeMade(listed: readonly NamedTensor[]): void {
  for (const { name, tensor } of listed) {
    if (/(^|\/)iter$/.test(name) && !(tensor instanceof Variable)) tensor.dispose();
  }
}

/** Saves the whole state of a LookaheadOptimizer as a list of weights, and restores it. */
export class Checkpoint {
  readonly #parts: Parts;
  #counts: Variable | null = null;
  /** Counts what changes the state. */
  #changes = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whatever changes the state says so here, so that a save that is under way reads it again. */
  outdate(): void {
    ++this.#changes;
  }

  /**
   * @param checkUsable throws if the optimizer cannot be saved now.
   * @throws Error inside `withSlowWeights`, or if the inner optimizer cannot be saved.
   */
  async save(where: string, checkUsable: () => void): Promise<NamedTensor[]> {
    const { inner, outer, known } = this.#parts;
    for (;;) {
      checkUsable();
      known.weights.checkFastAreIn(
        where,
        'Save the optimizer outside of it, or the model alone, without includeOptimizer.',
      );
      outer?.checkCanBeSaved(where);
      known.carryOut(known.plan(where, []));
      const changes = this.#changes;
      const state = await readState(inner);
      const outerState =
        (await outer?.read().catch((error) => {
          disposeMade(state.listed);
          throw error;
        })) ?? [];
      if (changes === this.#changes) return this.#pack(state, outerState);
      disposeMade([...state.listed, ...outerState]);
    }
  }

  /** @throws Error if the list is not one of an optimizer like this; then nothing has changed. */
  async restore(where: string, weights: readonly NamedTensor[]): Promise<void> {
    this.outdate();
    const { inner, outer, known, momentum, guard } = this.#parts;
    const saved = await unpack(where, weights, this.#kind);
    known.checkRestorable(where, saved.slow);
    checkPlaces(where, inner, saved.leftOut, !saved.isBare);
    const shapeOf = new Map(saved.slow.map(({ name, tensor }) => [name, tensor.shape]));
    if (outer && !outer.keepsItsOwn && !saved.isBare) outer.checkHeld(where, saved.outer, [...shapeOf.values()]);

    // Shared, since the list may be this optimizer's own, whose variables are about to change.
    const shared = (list: readonly NamedTensor[]) =>
      list.map(({ name, tensor }) => ({ name, tensor: keep(share(tensor)) }));
    const [leftOut, slow, cached] = [shared(saved.leftOut), shared(saved.slow), shared(saved.momentum)];
    const outerState = shared(saved.outer);
    const rest: Rest = {
      check: () => momentum.checkRestorable(where, cached),
      async write() {
        if (outer?.keepsItsOwn && !saved.isBare) await outer.write(outerState);
      },
    };
    try {
      const before = [inner, ...(outer?.keepsItsOwn ? [outer.optimizer] : [])].map(rememberState);
      const waiting = pendingAround(innermost(inner)).add(rest);
      try {
        await writeState(inner, { listed: saved.listed, leftOut });
        const shapes = slow.map(({ tensor }) => tensor.shape);
        if (goesByPosition(inner)) checkSlots(where, inner, shapes);
        for (const each of waiting) each.check();
        for (const each of waiting) {
          waiting.delete(each);
          await each.write();
        }
      } catch (error) {
        for (const each of before) each.putBack();
        throw error;
      } finally {
        waiting.delete(rest);
      }
      for (const each of before) each.forget();
      momentum.restore(cached);
      known.restore({ ...saved, slow });
      if (saved.isBare) outer?.empty();
      else if (!outer?.keepsItsOwn) outer?.hold(outerState, saved.outerIterations);
      guard.resume(saved);
    } finally {
      dispose([...leftOut, ...slow, ...cached, ...outerState].map(({ tensor }) => tensor));
    }
  }

  dispose(): void {
    this.outdate();
    if (this.#counts) release(this.#counts);
  }

  get #kind(): Kind {
    const { inner, outer } = this.#parts;
    const className = [classNameOf(inner), ...(outer ? [outer.className] : [])].join('/outer/');
    return { className, listsItsOwn: listsItsOwn(inner), listsIterations: listsIterations(inner) };
  }

  #pack(state: InnerState, outer: readonly NamedTensor[]): NamedTensor[] {
    const { known, momentum, guard } = this.#parts;
    const outerIterations = this.#parts.outer?.optimizer.iterations ?? 0;
    const { step, stepsInCycle } = known.weights;
    const { restores, restoresInARow } = guard;
    const saved = {
      ...state,
      ...{ slow: known.slowByPosition, momentum: momentum.cached, outer, outerIterations },
      ...{ step, stepsInCycle, restores, restoresInARow, isOutOfOrder: known.isOutOfOrder },
    };
    return pack(saved, this.#kind, (counts) => this.#keepCounts(countersTensor(counts)));
  }

  /** The list holds a variable of ours, as all others in it are the optimizer's: nobody disposes a saved list. */
  #keepCounts(tensor: Tensor): Tensor {
    if (this.#counts?.size === tensor.size && isAlive(this.#counts)) this.#counts.assign(tensor);
    else {
      if (this.#counts) release(this.#counts);
      this.#counts = variable(tensor, false);
    }
    tensor.dispose();
    return this.#counts as unknown as Tensor;
  }
}
