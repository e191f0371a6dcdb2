import { keep, type Optimizer, tidy, Variable } from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../base/named-tensor.js';
import { goesByPosition, hasOwnList } from '../state/classes.js';
import { checkCanBeSaved, checkEntries, entriesOf, readState, rememberState, writeState } from '../state/entries.js';
import { emptyState } from '../state/slots.js';
import { isOnGPU } from '../update/update.js';
import type { KnownVariables } from './known-variables.js';
import { open, pack, type SavedWeights } from './saved-list.js';

/** A list for one Lookahead, checked as far as it can be before anything changes. */
interface Opened {
  readonly checkpoint: Checkpoint;
  readonly saved: SavedWeights;
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
    const opened = this.#open(weights);
    const replaced: Variable[] = [];
    const before = opened.flatMap(({ checkpoint }) => checkpoint.#writable).map(rememberState);
    try {
      for (const { checkpoint, saved } of opened) replaced.push(...(await checkpoint.#write(saved)));
      for (const { checkpoint, saved } of opened) checkpoint.#checkWritten(saved);
    } catch (error) {
      for (const each of before) each.putBack();
      throw error;
    }
    for (const each of before) each.forget();
    for (const slot of replaced) slot.dispose();
    for (const { checkpoint, saved } of opened) checkpoint.#takeOver(saved);
  }

  dispose(): void {
    for (const list of [this.#list, ...this.#leaving]) this.#release(list);
  }

  get #outer(): Optimizer | null {
    return this.known.weights.settings.outer;
  }

  /** The inner and the outer optimizer, but for those that are a Lookahead with a checkpoint of its own. */
  get #writable(): Optimizer[] {
    return [this.inner, this.#outer].filter((each) => each !== null).filter((each) => !checkpoints.has(each));
  }

  /** The checkpoints of the Lookaheads inside. */
  get #inside(): Checkpoint[] {
    return [this.inner, this.#outer].flatMap((each) => (each && checkpoints.get(each)) ?? []);
  }

  /** The optimizers, in here or in a Lookahead inside, that have to be asked for their lists. */
  get #listedByThemselves(): Optimizer[] {
    return [...this.#writable.filter(hasOwnList), ...this.#inside.flatMap((each) => each.#listedByThemselves)];
  }

  #checkSavable(): void {
    const { inner, known } = this;
    known.weights.checkFastAreIn('Save the optimizer outside of it, or the model alone, without includeOptimizer.');
    for (const each of this.#writable) checkCanBeSaved(each === inner ? 'inner' : 'outer', each);
    for (const each of this.#inside) each.#checkSavable();
    known.apply(known.plan([]));
  }

  /** @returns new tensors. */
  #take(lists: OwnLists): NamedTensor[] {
    this.#checkSavable();
    const { inner, known } = this;
    const { momentum, counters, settings } = known.weights;
    const { outer } = settings;
    const stateOf = (each: Optimizer) => {
      const inside = checkpoints.get(each);
      return readState(each, inside ? inside.#take(lists) : lists.get(each));
    };
    const state = stateOf(inner);
    const parts = { listed: state.listed, inner: state.entries, slow: known.slowByPosition };
    const ofOuter = outer && stateOf(outer);
    return pack(
      {
        ...{ ...parts, momentum: momentum?.cached ?? [] },
        ...(ofOuter && { outerListed: ofOuter.listed, outer: ofOuter.entries }),
      },
      {
        ...{ ...counters, iterations: inner.iterations ?? counters.step, outerIterations: outer?.iterations ?? 0 },
        isOutOfOrder: Number(known.isOutOfOrder),
      },
      { inner, outer },
    );
  }

  /** Checks a list, and those in it of Lookaheads inside: these come first. */
  #open(weights: readonly NamedTensor[]): Opened[] {
    const { inner, known } = this;
    known.weights.checkFastAreIn();
    const outer = this.#outer;
    const saved = open(weights, { inner, outer });
    const { parts, isBare } = saved;
    known.checkRestorable(parts.slow);
    if (!isBare) checkEntries('inner', inner, parts.inner, shapesFor(inner, saved));
    if (!isBare && outer) {
      const shapes = new Map(parts.slow.map(({ name, tensor }) => [name, tensor.shape]));
      checkEntries('outer', outer, parts.outer, [...shapes.values()]);
    }
    const inside = this.#inside.flatMap((each) => {
      if (each === checkpoints.get(inner)) return each.#open(parts.listed);
      return isBare ? [] : each.#open(parts.outerListed);
    });
    return [...inside, { checkpoint: this, saved }];
  }

  /** @returns slots that were replaced. */
  async #write({ parts, counts, isBare }: SavedWeights): Promise<Variable[]> {
    const replaced: Variable[] = [];
    for (const each of this.#writable) {
      if (each === this.inner) {
        const state = { listed: parts.listed, entries: parts.inner };
        replaced.push(...(await writeState(each, state, isBare ? undefined : counts.iterations)));
      } else if (!isBare) {
        const state = { listed: parts.outerListed, entries: parts.outer };
        replaced.push(...(await writeState(each, state, counts.outerIterations)));
      }
    }
    return replaced;
  }

  #checkWritten(saved: SavedWeights): void {
    const { inner, known } = this;
    // Here for a list that its class has read.
    if (goesByPosition(inner)) checkEntries('inner', inner, entriesOf(inner), shapesFor(inner, saved));
    known.weights.momentum?.checkRestorable(saved.parts.momentum);
  }

  #takeOver(saved: SavedWeights): void {
    const { known } = this;
    known.weights.momentum?.restore(saved.parts.momentum);
    known.restore(saved);
    if (saved.isBare && this.#outer) emptyState(this.#outer);
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

/** The shapes of the variables by position, where the inner optimizer goes by it, and the list tells them. */
const shapesFor = (inner: Optimizer, { parts: { slow } }: SavedWeights): number[][] | undefined =>
  goesByPosition(inner) && slow.length > 0 ? slow.map(({ tensor }) => tensor.shape) : undefined;

async function afterPromises(count: number): Promise<void> {
  for (let i = 0; i < count; ++i) await null;
}
