import { dispose, keep, type Optimizer, tidy, Variable } from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../base/named-tensor.js';
import { share } from '../base/share.js';
import { goesByPosition, innermost } from '../state/classes.js';
import { checkEntries, checkSlots, mustBeAsked, readState, rememberState, writeState } from '../state/entries.js';
import { emptyState } from '../state/slots.js';
import { isOnGPU } from '../update/update.js';
import type { KnownVariables } from './known-variables.js';
import { open, pack } from './saved-list.js';

/** The steps of a restore that can still fail once the inner optimizer is written. */
interface Remainder {
  check(): void;
  write(): Promise<void>;
}

/**
 * Restores in progress, outermost first, by the optimizer that steps the weights. In a Lookahead around a Lookahead, the one
 * inside finishes both, while it can still go back.
 */
const pending = new WeakMap<Optimizer, Set<Remainder>>();

function pendingAround(innermost: Optimizer): Set<Remainder> {
  const found = pending.get(innermost) ?? new Set();
  pending.set(innermost, found);
  return found;
}

/** The checkpoints of Lookaheads whose lists are ours, for those around them. */
const checkpoints = new WeakMap<Optimizer, Checkpoint>();

/**
 * So many promises may still have to be fulfilled until whoever awaits a list reads it: a function of tfjs-layers, which is
 * compiled for old engines, takes three. A save that is not awaited may make the next list meanwhile.
 */
const PROMISES_TO_READER = 20;

/** The lists of optimizers that alone know theirs. */
type OwnLists = Map<Optimizer, readonly NamedTensor[]>;

/** Disposes the scalar that an optimizer of tfjs makes for each list; everything else in the list is its own variables. */
function disposeMade(lists: OwnLists): void {
  for (const { name, tensor } of [...lists.values()].flat()) {
    if (/(^|\/)iter$/.test(name) && !(tensor instanceof Variable)) tensor.dispose();
  }
}

/** Saves the whole state of a LookaheadOptimizer as a list of weights, and restores it. */
export class Checkpoint {
  #list: readonly NamedTensor[] = [];
  /** Former lists that may be on their way to whoever awaits them, or are being read. */
  readonly #leaving = new Set<readonly NamedTensor[]>();

  constructor(
    readonly inner: Optimizer,
    readonly known: KnownVariables,
  ) {}

  /** Makes an optimizer, whose state this is, known to a Lookahead around it. */
  belongTo(optimizer: Optimizer): void {
    checkpoints.set(optimizer, this);
  }

  /**
   * Takes the list in one moment: all tensors share the buffers that hold the state then, and whatever steps later has to
   * leave those alone. Only optimizers that know their lists alone are asked before, which takes a promise.
   *
   * @param checkUsable throws if the optimizer cannot be saved now.
   * @returns tensors that belong to this checkpoint.
   * @throws Error inside `withSlowWeights`, or if the inner optimizer cannot be saved.
   */
  async save(checkUsable: () => void): Promise<NamedTensor[]> {
    checkUsable();
    this.#checkSavable();
    const lists: OwnLists = new Map();
    try {
      for (const optimizer of this.#listedByThemselves) lists.set(optimizer, await optimizer.getWeights());
      if (lists.size > 0) checkUsable();
      let list: NamedTensor[] = [];
      tidy(() => {
        list = this.#take(lists).map(({ name, tensor }) => ({ name, tensor: keep(tensor) }));
      });
      return this.#own(list);
    } finally {
      disposeMade(lists);
    }
  }

  /** @throws Error if the list is not one of an optimizer like this; then nothing has changed. */
  async restore(weights: readonly NamedTensor[]): Promise<void> {
    const { inner, known } = this;
    const { outer, momentum } = known.weights;
    const { counts, unpack } = open(weights, this.#optimizers);
    const saved = unpack((await counts?.data()) ?? []);
    known.checkRestorable(saved.slow);
    const byPosition = goesByPosition(inner);
    const shapes = byPosition && saved.slow.length > 0 ? saved.slow.map(({ tensor }) => tensor.shape) : undefined;
    // Of a user's own class nobody knows what its list holds and what it leaves out.
    checkEntries(inner, saved.unlisted, { role: 'inner', shapes, areAll: byPosition && !saved.isBare });
    const shapeOf = new Map(saved.slow.map(({ name, tensor }) => [name, tensor.shape]));
    if (outer && !outer.isOpaque && !saved.isBare) outer.check(saved.outer, [...shapeOf.values()]);

    // Shared, since the list may be this optimizer's own, whose variables are about to change.
    const shared = (list: readonly NamedTensor[]) =>
      list.map(({ name, tensor }) => ({ name, tensor: keep(share(tensor)) }));
    const [unlisted, slow, cached] = [shared(saved.unlisted), shared(saved.slow), shared(saved.momentum)];
    const outerState = shared(saved.outer);
    const remainder: Remainder = {
      check: () => momentum?.checkRestorable(cached),
      async write() {
        if (outer?.isOpaque && !saved.isBare) await outer.optimizer.setWeights(unnumbered(outerState));
      },
    };
    let replaced: Variable[] = [];
    try {
      const before = [inner, ...(outer?.isOpaque ? [outer.optimizer] : [])].map(rememberState);
      const waiting = pendingAround(innermost(inner)).add(remainder);
      try {
        const iterations = saved.isBare ? undefined : saved.iterations;
        replaced = await writeState(inner, { listed: saved.listed, unlisted }, iterations);
        if (byPosition) checkSlots(inner, shapes);
        for (const each of waiting) each.check();
        for (const each of waiting) {
          waiting.delete(each);
          await each.write();
        }
      } catch (error) {
        for (const each of before) each.putBack();
        throw error;
      } finally {
        waiting.delete(remainder);
      }
      for (const each of before) each.forget();
      for (const slot of replaced) slot.dispose();
      momentum?.restore(cached);
      known.restore({ ...saved, slow });
      if (outer && saved.isBare) emptyState(outer.optimizer);
      else if (!outer?.isOpaque) outer?.write(outerState, saved.outerIterations);
    } finally {
      dispose([...unlisted, ...slow, ...cached, ...outerState].map(({ tensor }) => tensor));
    }
  }

  dispose(): void {
    for (const list of [this.#list, ...this.#leaving]) this.#release(list);
  }

  get #optimizers(): { inner: Optimizer; outer: Optimizer | undefined } {
    const { inner, known } = this;
    return { inner, outer: known.weights.outer?.optimizer };
  }

  /** The optimizers, in here or in a Lookahead inside, that have to be asked for their lists. */
  get #listedByThemselves(): Optimizer[] {
    const { inner, known } = this;
    const { outer } = known.weights;
    return [inner, ...(outer?.isOpaque ? [outer.optimizer] : [])].flatMap((each) => {
      const inside = checkpoints.get(each);
      if (inside) return inside.#listedByThemselves;
      return mustBeAsked(each) ? [each] : [];
    });
  }

  #checkSavable(): void {
    const { inner, known } = this;
    const { outer } = known.weights;
    known.weights.checkFastAreIn('Save the optimizer outside of it, or the model alone, without includeOptimizer.');
    outer?.checkCanBeSaved();
    for (const each of outer ? [inner, outer.optimizer] : [inner]) {
      const inside = checkpoints.get(each);
      if (inside) inside.#checkSavable();
    }
    known.apply(known.plan([]));
  }

  /** @returns new tensors. */
  #take(lists: OwnLists): NamedTensor[] {
    this.#checkSavable();
    const { inner, known } = this;
    const { outer, momentum, counters } = known.weights;
    const listOf = (each: Optimizer) => {
      const inside = checkpoints.get(each);
      return inside ? inside.#take(lists) : lists.get(each);
    };
    const saved = {
      ...readState(inner, listOf(inner)),
      ...{ slow: known.slowByPosition, momentum: momentum?.cached ?? [], counters },
      outer: outer?.isOpaque ? numbered(listOf(outer.optimizer) ?? []) : (outer?.entries ?? []),
      ...{ iterations: inner.iterations ?? counters.step, outerIterations: outer?.optimizer.iterations ?? 0 },
      ...{ isOutOfOrder: known.isOutOfOrder, isBare: false },
    };
    return pack(saved, this.#optimizers).map(({ name, tensor }) => ({ name, tensor: share(tensor) }));
  }

  #own(list: NamedTensor[]): NamedTensor[] {
    this.#releaseOnceRead(this.#list);
    this.#list = list;
    return list;
  }

  async #releaseOnceRead(list: readonly NamedTensor[]): Promise<void> {
    this.#leaving.add(list);
    const onGPU = isOnGPU(); // asked now: the next backend may not be ready
    await afterPromises(PROMISES_TO_READER);
    // A GPU takes its time, and tfjs's webgpu fails where a tensor goes meanwhile. Reads are answered in their order.
    if (onGPU) await Promise.allSettled(list.map(({ tensor }) => tensor.data()));
    this.#release(list);
  }

  #release(list: readonly NamedTensor[]): void {
    for (const { tensor } of list) tensor.dispose();
    this.#leaving.delete(list);
  }
}

/** The list of an outer optimizer that alone knows it, with unique names, and back. */
const numbered = (list: readonly NamedTensor[]): NamedTensor[] =>
  list.map(({ name, tensor }, i) => ({ name: `${i}/${name}`, tensor }));
const unnumbered = (list: readonly NamedTensor[]): NamedTensor[] =>
  list.map(({ name, tensor }) => ({ name: name.slice(name.indexOf('/') + 1), tensor }));

async function afterPromises(count: number): Promise<void> {
  for (let i = 0; i < count; ++i) await null;
}
