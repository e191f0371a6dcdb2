import { engine, keep, type Optimizer, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { checkAlive, checkValue, checkVariable, isAlive } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import { type Gradients, namesOf } from '../base/gradients.js';
import type { NamedTensor } from '../base/named-tensor.js';
import { release, share } from '../base/share.js';
import { goesByPosition } from '../state/classes.js';
import { checkNotDisposed } from '../state/life.js';
import { areToldByName, isMadeUp, matchSaved, newcomers, variablesOf } from '../state/positions.js';
import { moveSlots, slotPlaces } from '../state/slot-places.js';
import { arrangeSlots, checkSlot, lengthOfSlots, passOnSlots } from '../state/slots.js';
import { slowOf } from './pairs.js';
import type { SavedWeights } from './saved-list.js';
import type { SlowWeights } from './slow-weights.js';

/** A change of the known variables: worked out and checked before anything changes. */
interface Change {
  /** The variables by position afterwards. */
  positions: Variable[];
  /** Those that are new, with the values where their slow weights start. */
  fresh: Map<Variable, Tensor>;
  /** The positions of variables that are gone. */
  freed: readonly number[];
  /** Those of them that a new variable takes. */
  taken: readonly number[];
  /** See {@link slotPlaces}. Null where all slots stay. */
  places: readonly number[] | null;
  isOutOfOrder: boolean;
}

/**
 * The variables that an optimizer has stepped: their slow weights, and their positions in the inner optimizer. They
 * come at their first step, and go when somebody disposes them.
 */
export class KnownVariables {
  readonly weights: SlowWeights;
  readonly #inner: Optimizer;
  #positions: Variable[] = [];
  #isOutOfOrder = false;
  /** Restored slow weights by position. Their variables are not known yet, and become known all at once. */
  #restored: NamedTensor[] = [];

  constructor(inner: Optimizer, weights: SlowWeights) {
    this.#inner = inner;
    this.weights = weights;
  }

  /** The variables in the order of the inner optimizer. One that the gradients list twice is here twice. */
  get positions(): readonly Variable[] {
    return this.#positions;
  }

  /** Whether the program listed them in another order when it last listed all, or has never done so. */
  get isOutOfOrder(): boolean {
    return this.#isOutOfOrder;
  }

  get areRestoredWaiting(): boolean {
    return this.#restored.length > 0;
  }

  /** The slow weights by position, with the names of their variables. */
  get slowByPosition(): NamedTensor[] {
    if (this.areRestoredWaiting) return this.#restored;
    return this.#positions.map((variable) => ({
      name: variable.name,
      tensor: slowOf(this.weights, variable) as Tensor,
    }));
  }

  /** Whether these are gradients of all known variables, in their order, and all is alive: nearly always. */
  #areInOrder(gradients: Gradients): boolean {
    const names = namesOf(gradients);
    const { registeredVariables: registered } = engine();
    const positions = this.#positions;
    return (
      !this.#isOutOfOrder &&
      names.length === positions.length &&
      positions.every((variable, i) => variable.name === names[i] && registered[variable.name] === variable) &&
      this.weights.slow.every(({ isDisposed }) => !isDisposed)
    );
  }

  /**
   * Makes the variables of a step known; see {@link plan}.
   *
   * @param inside what the Lookaheads inside know: what they would refuse is refused before this one has changed.
   * @returns whether these are gradients of all, in their order.
   */
  meet(gradients: Gradients, inside: readonly KnownVariables[]): boolean {
    if (this.#areInOrder(gradients)) return true;
    for (const known of inside) if (!known.#areInOrder(gradients)) known.plan(known.#listedBy(gradients));
    this.apply(this.plan(this.#listedBy(gradients)));
    return this.#areInOrder(gradients);
  }

  #listedBy(gradients: Gradients): Variable[] {
    // An optimizer of tfjs that was in use has a slot for each variable that was listed, with a gradient or without.
    const isNew = this.#positions.length + this.#restored.length === 0;
    const areSlotsWaiting = isNew && goesByPosition(this.#inner) && lengthOfSlots(this.#inner) > 0;
    const stepped = variablesOf(gradients, areSlotsWaiting);
    if (!this.areRestoredWaiting) return stepped;
    const all = variablesOf(gradients, true);
    // A step without gradients can merge too. So it has to know the variables.
    if (stepped.length === 0) return all;
    const saved = this.#restored.map(({ name }) => name);
    const named = all.filter((variable) => stepped.includes(variable) || saved.includes(variable.name));
    return areToldByName(saved, named) ? named : stepped;
  }

  /**
   * @param listed variables that are stepped, or named by the user, each as often as it is listed.
   * @param areNamed whether by the user, who knows in which order they were saved.
   * @throws Error if one of them cannot be looked ahead, or does not fit what was restored.
   */
  plan(listed: readonly Variable[], areNamed = false): Change {
    const before = this.#positions;
    const freed = [...before.keys()].filter((i) => !isAlive(before[i] as Variable));
    // If all of them are alive, nobody has called tf.disposeVariables().
    if (freed.length > 0 || before.length === 0) this.#checkOptimizers();
    const { fast, slow } = this.weights;
    const isKept = (_: Variable, i: number) => isAlive(fast[i] as Variable);
    checkAlive('slowWeights', slow.filter(isKept), 'Make a new optimizer.');

    const restored = listed.length > 0 ? this.#restored : [];
    const isMatch = restored.length > 0;
    const names = restored.map(({ name }) => name);
    const coming = isMatch
      ? matchSaved(names, listed, areNamed || !this.#isOutOfOrder, 'optimizer.add(variables)')
      : newcomers(before, listed);

    const known = new Set(fast);
    const fresh = new Map<Variable, Tensor>();
    const filled = [...before];
    for (const [i, variable] of coming.entries()) {
      if (!known.has(variable) && !fresh.has(variable)) {
        checkVariable(variable.name, variable);
        const { tensor } = restored[i] ?? { tensor: variable };
        checkValue(`the restored slow weight of '${variable.name}'`, tensor, variable);
        fresh.set(variable, tensor);
      }
      // As in tfjs, whose optimizers go by position, a new variable takes the place of one that is gone.
      filled[freed[i] ?? filled.length] = variable;
    }
    const removed = freed.slice(coming.length);
    const positions = filled.filter((_, i) => !removed.includes(i));
    const slotsOf = isMatch ? coming.slice(0, names.length) : before;
    const isChanged = coming.length + freed.length > 0 || before.length === 0;
    const places = isChanged ? slotPlaces(this.#inner, { before: slotsOf, after: positions, removed }, listed) : null;
    for (const [i, variable] of positions.entries()) {
      if (coming.includes(variable)) checkSlot(this.#inner, places?.[i] ?? i, variable);
    }
    const areAll = listed.length > 0 && listed.length === positions.length;
    const differs = areAll ? positions.some((variable, i) => variable !== listed[i]) : !isMatch && fresh.size > 0;
    // Named in the order in which they were saved, they may still be stepped in another.
    const isOutOfOrder = differs || (this.#isOutOfOrder && (areNamed || !areAll));
    return { positions, fresh, freed, taken: freed.slice(0, coming.length), places, isOutOfOrder };
  }

  apply({ positions, fresh, freed, taken, places, isOutOfOrder }: Change): void {
    this.weights.inner.momentum?.forget(freed);
    if (places) moveSlots(this.#inner, places, positions);
    for (const position of taken) passOnSlots(this.#inner, position, positions[position] as Variable);
    if (fresh.size > 0) {
      this.weights.append([...fresh.keys()], [...fresh.values()]);
      this.#disposeRestored();
    }
    // In the order of the positions, by which the state of an outer optimizer is saved.
    if (freed.length > 0) this.#keepOnly([...new Set(positions)]);
    this.#positions = positions;
    this.#isOutOfOrder = isOutOfOrder;
    this.weights.inner.momentum?.follow();
  }

  /** Keeps these variables alone, and what an outer optimizer holds for them. */
  #keepOnly(variables: readonly Variable[]): void {
    const from = this.#arrange(variables);
    const { outer } = this.weights.settings;
    if (outer) arrangeSlots(outer, from);
  }

  /**
   * Keeps the slow weights of these variables alone, in this order, and disposes all others.
   *
   * @returns for each of them the position that it had.
   */
  #arrange(variables: readonly Variable[]): number[] {
    const { fast, slow } = this.weights;
    const from = variables.map((variable) => fast.indexOf(variable));
    const kept = from.map((position) => slow[position] as Variable);
    for (const weight of slow) if (!kept.includes(weight)) release(weight);
    fast.splice(0, fast.length, ...variables);
    slow.splice(0, slow.length, ...kept);
    return from;
  }

  /** Lets go of variables that are gone, while their places stay for those that are to take them. */
  forgetGone(): void {
    this.plan([]); // checks
    const { fast } = this.weights;
    const alive = fast.filter((variable) => isAlive(variable));
    if (alive.length < fast.length) this.#keepOnly(alive);
  }

  /**
   * Takes over slow weights by position, and counters. Where their variables all are known, they keep their slow weights,
   * which an outer optimizer may know, and get the values at once. The outer optimizer has been restored before.
   *
   * @param saved its slow weights stay the caller's, and are none of those here.
   */
  restore({ parts: { slow }, counts }: SavedWeights): void {
    const { innerIterations, outerIterations, variables: count, isOutOfOrder, ...counters } = counts;
    this.#isOutOfOrder = isOutOfOrder === 1;
    const variables = this.#knownOf(slow);
    const values = new Map(variables?.map((variable, i) => [variable, (slow[i] as NamedTensor).tensor]));
    this.#arrange([...values.keys()]);
    this.weights.assign([...values.values()]);
    Object.assign(this.weights.counters, counters);
    this.#positions = variables ?? [];
    this.#disposeRestored();
    if (!variables) this.#restored = slow.map(({ name, tensor }) => ({ name, tensor: keep(share(tensor)) }));
  }

  /** @throws Error unless these slow weights by position can be restored, and are so many. */
  checkRestorable(slow: readonly NamedTensor[], count: number): void {
    this.#checkOptimizers();
    if (slow.length !== count) {
      const problem = `'weights' hold ${slow.length} slow weights, but there are ${count} variables`;
      throw mistake(`${problem}. Pass what getWeights() returned for a model like this one.`);
    }
    const known = this.#knownOf(slow);
    slow.forEach(({ name, tensor }, i) => {
      const expected = known?.[i] ?? { shape: tensor.shape, dtype: 'float32' as const };
      checkValue(`the slow weight of '${name}'`, tensor, expected);
    });
  }

  #checkOptimizers(): void {
    const { outer } = this.weights.settings;
    checkNotDisposed('inner', this.#inner);
    if (outer) checkNotDisposed('outer', outer);
  }

  /** The variables of slow weights that were saved, if all of them are known; see {@link matchSaved}. */
  #knownOf(slow: readonly NamedTensor[]): Variable[] | null {
    const alive = this.#positions.filter((variable) => isAlive(variable));
    const known = new Map(alive.map((variable) => [variable.name, variable]));
    const names = new Set(slow.map(({ name }) => name));
    if (names.size < known.size && [...names].some(isMadeUp)) return null;
    const variables = slow.flatMap(({ name }) => known.get(name) ?? []);
    return variables.length === slow.length ? variables : null;
  }

  #disposeRestored(): void {
    for (const { tensor } of this.#restored.splice(0)) tensor.dispose();
  }

  dispose(): void {
    this.weights.dispose();
    this.#disposeRestored();
  }
}
