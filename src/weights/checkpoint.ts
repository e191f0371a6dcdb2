import { keep, type Optimizer, scalar, tidy, Variable } from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../base/named-tensor.js';
import { share } from '../base/share.js';
import { goesByPosition, hasOwnList, innermost } from '../state/classes.js';
import {
  checkCanBeSaved,
  checkEntries,
  entriesOf,
  iterationsOf,
  type Role,
  readState,
  rememberState,
  writeState,
} from '../state/entries.js';
import { emptyState } from '../state/slots.js';
import { isOnGPU } from '../update/update.js';
import type { KnownVariables } from './known-variables.js';
import { type Counts, open, type Parts, pack, type SavedWeights } from './saved-list.js';

/** A list for one Lookahead, checked as far as it can be before anything changes. */
interface Opened {
  readonly checkpoint: Checkpoint;
  readonly saved: SavedWeights;
}

/** The checkpoint of each Lookahead whose list is ours, so that one around it saves both in one moment. */
const checkpoints = new WeakMap<Optimizer, Checkpoint>();

/**
 * So many promises may still have to be fulfilled until whoever awaits a list reads it: a function of tfjs-layers, which is
 * compiled for old engines, takes three. A save that is not awaited may make the next list meanwhile.
 */
const PROMISES_TO_READER = 20;

/** The lists that optimizers with a list of their own have given. */
type OwnLists = Map<Optimizer, readonly NamedTensor[]>;

/**
 * Disposes the scalar that an optimizer of tfjs makes for each list; everything else in the list is its own.
 *
 * @param firstId of the tensors that were made since the save began.
 */
function disposeMade(lists: OwnLists, firstId: number): void {
  for (const [optimizer, list] of lists) {
    const held = Object.values(optimizer);
    for (const { name, tensor } of list) {
      const isMade = tensor.id >= firstId && !(tensor instanceof Variable) && !held.includes(tensor);
      if (isMade && /(^|\/)iter$/.test(name)) tensor.dispose();
    }
  }
}

/** Saves the whole state of a LookaheadOptimizer as a list of weights, and restores it. */
export class Checkpoint {
  #list: readonly NamedTensor[] = [];
  /** Former lists that may be on their way to whoever awaits them, or are being read. */
  readonly #leaving = new Set<readonly NamedTensor[]>();

  constructor(
    private readonly inner: Optimizer,
    private readonly known: KnownVariables,
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
    const firstId = tidy(() => scalar(0).id);
    try {
      for (const optimizer of this.#listedByThemselves) lists.set(optimizer, await optimizer.getWeights());
      if (lists.size > 0) checkUsable();
      let list: NamedTensor[] = [];
      tidy(() => {
        list = this.#take(lists).map(({ name, tensor }) => ({ name, tensor: keep(tensor) }));
      });
      return this.#own(list);
    } finally {
      disposeMade(lists, firstId);
    }
  }

  /** @throws Error if the list is not one of an optimizer like this; then nothing has changed. */
  async restore(weights: readonly NamedTensor[]): Promise<void> {
    const opened = this.#open(weights);
    const replaced: Variable[] = [];
    const before = opened.flatMap(({ checkpoint }) => checkpoint.#optimizers).map(([, each]) => rememberState(each));
    // Shared, since the list may be disposed while a class reads its own, or hold variables that are about to change.
    const ours = opened.flatMap(({ saved: { parts } }) =>
      [parts.inner, parts.outer, parts.slow, parts.momentum].flat(),
    );
    for (const entry of ours) entry.tensor = keep(share(entry.tensor));
    try {
      const states = opened.flatMap(({ checkpoint, saved }) => checkpoint.#statesIn(saved));
      // A Lookahead of the user's own comes last: what it has taken over, nobody else can put back.
      const isAround = ([optimizer]: readonly [Optimizer, ...unknown[]]) => Number(innermost(optimizer) !== optimizer);
      states.sort((a, b) => isAround(a) - isAround(b));
      for (const state of states) replaced.push(...(await writeState(...state)));
      for (const { checkpoint, saved } of opened) checkpoint.#checkWritten(saved);
      for (const { checkpoint, saved } of opened) checkpoint.#takeOver(saved);
    } catch (error) {
      for (const each of before) each.putBack();
      throw error;
    } finally {
      for (const { tensor } of ours) tensor.dispose();
    }
    for (const each of before) each.forget();
    for (const slot of replaced) slot.dispose();
  }

  dispose(): void {
    for (const list of [this.#list, ...this.#leaving]) this.#release(list);
  }

  get #optimizers(): [Role, Optimizer][] {
    const { outer } = this.known.weights.settings;
    return [['inner', this.inner], ...(outer ? [['outer', outer] satisfies [Role, Optimizer]] : [])];
  }

  /** The optimizers, in here or in a Lookahead inside, that have to be asked for their lists. */
  get #listedByThemselves(): Optimizer[] {
    return this.#optimizers.flatMap(([, each]) => {
      const inside = checkpoints.get(each);
      if (inside) return inside.#listedByThemselves;
      return hasOwnList(each) ? [each] : [];
    });
  }

  /** Forgets variables that are gone, too. */
  #checkSavable(): void {
    const { known } = this;
    known.weights.checkFastAreIn('Save the optimizer outside of it, or the model alone, without includeOptimizer.');
    for (const [role, each] of this.#optimizers) {
      const inside = checkpoints.get(each);
      if (inside) inside.#checkSavable();
      else checkCanBeSaved(role, each);
    }
    known.apply(known.plan([]));
  }

  /** @returns new tensors. */
  #take(lists: OwnLists): NamedTensor[] {
    this.#checkSavable();
    const { known } = this;
    const { inner, counters, settings } = known.weights;
    const slow = known.slowByPosition;
    const parts: Partial<Parts> = { slow, momentum: inner.momentum?.cached ?? [] };
    const counts: Partial<Counts> = { ...counters, variables: slow.length, isOutOfOrder: Number(known.isOutOfOrder) };
    for (const [role, each] of this.#optimizers) {
      const inside = checkpoints.get(each);
      const { listed, entries } = readState(each, inside ? inside.#take(lists) : lists.get(each));
      parts[role] = entries;
      parts[`${role}Listed`] = listed;
      counts[`${role}Iterations`] = iterationsOf(each);
    }
    return pack(parts, counts, { inner: this.inner, outer: settings.outer });
  }

  /** Checks a list, and those in it of Lookaheads inside: these come first. */
  #open(weights: readonly NamedTensor[]): Opened[] {
    const { inner, known } = this;
    known.weights.checkFastAreIn();
    const saved = open(weights, { inner, outer: known.weights.settings.outer });
    const { parts, counts, isBare } = saved;
    known.checkRestorable(parts.slow, counts.variables);
    const opened = this.#saved(saved).flatMap(([role, each]) => {
      if (!isBare) checkEntries(role, each, parts[role], shapesFor(role, each, parts));
      const inside = checkpoints.get(each);
      return inside ? inside.#open(parts[`${role}Listed`]) : [];
    });
    return [...opened, { checkpoint: this, saved }];
  }

  /** The optimizers whose state is in a list: of the inner optimizer alone, if that is bare. */
  #saved({ isBare }: SavedWeights): [Role, Optimizer][] {
    return this.#optimizers.slice(0, isBare ? 1 : 2);
  }

  /** What {@link writeState} takes for each, but for Lookaheads whose lists are opened. */
  #statesIn(saved: SavedWeights): Parameters<typeof writeState>[] {
    const { parts, counts, isBare } = saved;
    const alone = this.#saved(saved).filter(([, each]) => !checkpoints.has(each));
    return alone.map(([role, each]) => {
      const state = { listed: parts[`${role}Listed`], entries: parts[role] };
      return [each, state, isBare ? undefined : counts[`${role}Iterations`]];
    });
  }

  #checkWritten(saved: SavedWeights): void {
    // So late, since a class reads a list of its own only when it is written.
    for (const [role, each] of this.#saved(saved)) {
      if (!goesByPosition(each)) continue;
      const entries = entriesOf(each);
      checkEntries(role, each, entries, shapesFor(role, each, { ...saved.parts, [role]: entries }));
    }
    this.known.weights.inner.momentum?.checkRestorable(saved.parts.momentum);
  }

  #takeOver(saved: SavedWeights): void {
    const { inner, settings } = this.known.weights;
    inner.momentum?.restore(saved.parts.momentum);
    this.known.restore(saved);
    if (saved.isBare && settings.outer) emptyState(settings.outer);
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

/**
 * The shapes of the variables by position, as far as they are known. To the outer optimizer, a variable that is stepped twice
 * is one. An inner one that was in use before may hold further slots; one of the user's own may have positions of its own.
 */
function shapesFor(role: Role, optimizer: Optimizer, { slow, inner }: Parts): (number[] | undefined)[] | undefined {
  const shapes = slow.map(({ name, tensor }) => [name, tensor.shape] as const);
  if (role === 'outer') return [...new Map(shapes).values()];
  const length = Math.max(slow.length, inner.length);
  return goesByPosition(optimizer) ? Array.from({ length }, (_, i) => shapes[i]?.[1]) : undefined;
}

async function afterPromises(count: number): Promise<void> {
  for (let i = 0; i < count; ++i) await null;
}
