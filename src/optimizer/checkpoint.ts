import { dispose, keep, type Optimizer, type Tensor, Variable, variable } from '@tensorflow/tfjs-core';
import { countersTensor } from '../counters.js';
import type { NamedTensor } from '../lookahead.js';
import { share } from '../slow-weights.js';
import { goesByPosition, type InnerState, listsItsOwn, readState } from './inner-state.js';
import type { KnownVariables } from './known-variables.js';
import type { InnerMomentum } from './momentum.js';
import { checkPlaces, checkSlots, rememberState, writeState } from './restore-inner.js';
import { type InnerKind, pack, unpack } from './saved-weights.js';

/** Saves the whole state of a LookaheadOptimizer as a list of weights, and restores it. */
export class Checkpoint {
  readonly #inner: Optimizer;
  readonly #known: KnownVariables;
  readonly #momentum: InnerMomentum;
  #counts: Variable | null = null;
  /** Counts what changes the state. */
  #changes = 0;

  constructor(inner: Optimizer, known: KnownVariables, momentum: InnerMomentum) {
    this.#inner = inner;
    this.#known = known;
    this.#momentum = momentum;
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
    const known = this.#known;
    for (;;) {
      checkUsable();
      known.weights.checkFastAreIn(
        where,
        'Save the optimizer outside of it, or the model alone, without includeOptimizer.',
      );
      known.carryOut(known.plan(where, []));
      const changes = this.#changes;
      const state = await readState(this.#inner);
      if (changes === this.#changes) return this.#pack(state);
      // The first of the list is a tensor that an optimizer of tfjs makes for each, while the others are its own
      // variables.
      const [iterations] = state.listed;
      if (iterations && !(iterations.tensor instanceof Variable)) iterations.tensor.dispose();
    }
  }

  /** @throws Error if the list is not one of an optimizer like this; then nothing has changed. */
  async restore(where: string, weights: readonly NamedTensor[]): Promise<void> {
    this.outdate();
    const saved = await unpack(where, weights, this.#innerKind);
    this.#known.checkRestorable(where, saved.slow);
    checkPlaces(where, this.#inner, saved.leftOut, !saved.isBare);

    // Shared, since the list may be this optimizer's own, whose variables are about to change.
    const shared = (list: readonly NamedTensor[]) =>
      list.map(({ name, tensor }) => ({ name, tensor: keep(share(tensor)) }));
    const [leftOut, slow, momentum] = [shared(saved.leftOut), shared(saved.slow), shared(saved.momentum)];
    try {
      const before = rememberState(this.#inner);
      try {
        await writeState(this.#inner, { listed: saved.listed, leftOut });
        const shapes = slow.map(({ tensor }) => tensor.shape);
        if (goesByPosition(this.#inner)) checkSlots(where, this.#inner, shapes);
        this.#momentum.restore(where, momentum);
      } catch (error) {
        before.putBack();
        throw error;
      }
      before.forget();
      this.#known.restore(where, slow, saved.step, saved.stepsInCycle);
    } finally {
      dispose([...leftOut, ...slow, ...momentum].map(({ tensor }) => tensor));
    }
  }

  dispose(): void {
    this.outdate();
    this.#counts?.dispose();
  }

  get #innerKind(): InnerKind {
    return { className: this.#inner.getClassName?.() ?? '', listsItsOwn: listsItsOwn(this.#inner) };
  }

  #pack(state: InnerState): NamedTensor[] {
    const { slowByPosition: slow, weights } = this.#known;
    const { step, stepsInCycle } = weights;
    const saved = { ...state, slow, momentum: this.#momentum.cached, step, stepsInCycle };
    return pack(saved, this.#innerKind, (counts) => this.#keepCounts(countersTensor(counts)));
  }

  /** The list holds a variable of ours, as all others in it are the optimizer's: nobody disposes a saved list. */
  #keepCounts(tensor: Tensor): Tensor {
    if (this.#counts?.size === tensor.size) this.#counts.assign(tensor);
    else {
      this.#counts?.dispose();
      this.#counts = variable(tensor, false);
    }
    tensor.dispose();
    return this.#counts as unknown as Tensor;
  }
}
