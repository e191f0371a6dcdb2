import {
  dispose,
  type NamedTensorMap,
  type Optimizer,
  sub,
  type Tensor,
  tidy,
  Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { checkStepped, checkValue } from './checks.js';
import type { NamedTensor } from './named-tensor.js';
import {
  arrangeSlots,
  classNameOf,
  disposeOptimizer,
  emptyState,
  goesByPosition,
  isDisposed,
  listsItsOwn,
  propertiesOf,
  type Slot,
  singleVariables,
  slotArrays,
} from './optimizer-state.js';
import { share } from './share.js';
import { isOnGPU } from './update.js';

/**
 * The optimizer that steps the slow weights, with slow - fast as their gradient: what moved the weights in a cycle,
 * turned round, since an optimizer goes against its gradient. With momentum it is SlowMo (arXiv 1910.00643) or, with
 * Nesterov's, DiLoCo (arXiv 2311.08105).
 */
export class OuterOptimizer {
  readonly optimizer: Optimizer;

  constructor(optimizer: Optimizer) {
    this.optimizer = optimizer;
  }

  /** Of the optimizer; empty if it has none. */
  get className(): string {
    return classNameOf(this.optimizer);
  }

  /**
   * A slow weight whose fast one nothing has moved is left as it is, as a step leaves a variable without a gradient: with
   * a momentum, frozen layers would drift.
   *
   * @throws Error if the optimizer was disposed from outside; then nothing has changed. Or if it steps asynchronously.
   */
  step(slow: readonly Variable[], fast: readonly Variable[]): void {
    if (isDisposed(this.optimizer)) {
      throw new Error(
        "The 'outer' optimizer was disposed; nothing was merged. It belongs to its Lookahead, which disposes it: " +
          'make a new Lookahead, with an optimizer that is alive.',
      );
    }
    const gradients: Record<string, Tensor | null> = {};
    try {
      slow.forEach((weight, i) => {
        const gradient = pseudoGradient(weight, fast[i] as Variable);
        if (gradient || goesByPosition(this.optimizer)) gradients[weight.name] = gradient;
      });
      const isMoved = Object.values(gradients).some((gradient) => gradient);
      if (isMoved) checkStepped('Lookahead', 'outer', this.optimizer.applyGradients(gradients as NamedTensorMap));
    } finally {
      dispose(gradients as NamedTensorMap);
    }
  }

  /** The slow weights have new positions; see {@link arrangeSlots}. */
  arrange(from: readonly number[]): void {
    if (goesByPosition(this.optimizer)) arrangeSlots(this.optimizer, from);
  }

  /** Whether it alone knows its state. Otherwise {@link held} is all of it. */
  get keepsItsOwn(): boolean {
    return listsItsOwn(this.optimizer) && !goesByPosition(this.optimizer);
  }

  /** @throws Error if it neither lists its weights nor holds any: what its state is, nobody can tell. */
  checkCanBeSaved(where: string): void {
    if (this.keepsItsOwn || goesByPosition(this.optimizer) || this.held.length > 0) return;
    throw new Error(
      `${where}: the outer optimizer${this.className && `, of class '${this.className}',`} cannot be saved, since it has ` +
        'neither getWeights() nor variables in its properties. Give it getWeights() and setWeights(); without a state, they ' +
        'return and take an empty list.',
    );
  }

  /**
   * Its variables: `accBeta1` for a single one, `accumulations/0/kernel/momentum` for a slot. Not every slow weight has
   * one before its first merge.
   */
  get held(): NamedTensor[] {
    const slots: NamedTensor[] = [];
    for (const [property, array] of slotArrays(this.optimizer)) {
      array.forEach(({ originalName, variable }, i) => {
        slots.push({ name: `${property}/${i}/${originalName}`, tensor: variable });
      });
    }
    return [...singleVariables(this.optimizer), ...slots];
  }

  /**
   * {@link held}, or the list of an optimizer that {@link keepsItsOwn}, its names made unique.
   *
   * @param listed what its getWeights() gave.
   */
  read(listed: readonly NamedTensor[] | undefined): NamedTensor[] {
    if (!this.keepsItsOwn) return this.held;
    return (listed ?? []).map(({ name, tensor }, i) => ({ name: `${i}/${name}`, tensor }));
  }

  /** Gives an optimizer that {@link keepsItsOwn} what {@link read} was. */
  async write(weights: readonly NamedTensor[]): Promise<void> {
    await this.optimizer.setWeights(
      weights.map(({ name, tensor }) => ({ name: name.slice(name.indexOf('/') + 1), tensor })),
    );
  }

  /** Empties its state, where that can be done. */
  empty(): void {
    if (goesByPosition(this.optimizer)) emptyState(this.optimizer);
  }

  /**
   * Checks that these can be {@link hold held}.
   *
   * @param shapes of the slow weights.
   */
  checkHeld(where: string, held: readonly NamedTensor[], shapes: readonly number[][]): void {
    const properties = new Map(Object.entries(this.optimizer));
    /** By property, the places of the slots that are there. */
    const slots = new Map<string, Set<string>>();
    for (const { name, tensor } of held) {
      const [property, position] = placeOf(name);
      const place = properties.get(property);
      const shape = Array.isArray(place) && position === `${Number(position)}` ? shapes[Number(position)] : undefined;
      if (place instanceof Variable && position === undefined) checkValue(where, name, tensor, place, REMEDY);
      else if (shape) checkValue(where, name, tensor, { shape, dtype: 'float32' }, REMEDY);
      else throw new Error(`${where}: '${name}' has no place in the outer optimizer. ${REMEDY}`);
      const places = slots.get(property) ?? new Set();
      if (places.has(`${position}`)) throw new Error(`${where}: '${name}' comes twice. ${REMEDY}`);
      slots.set(property, places.add(`${position}`));
    }
    const arrays = [...slots].filter(([property]) => Array.isArray(properties.get(property)));
    const missing =
      singleVariables(this.optimizer).find(({ name }) => !slots.has(name))?.name ??
      // A slow weight has its slots in all arrays, or none before its first merge.
      arrays.flatMap(([property, places]) =>
        arrays.flatMap(([, others]) => [...others].filter((i) => !places.has(i)).map((i) => `${property}/${i}`)),
      )[0];
    if (missing) throw new Error(`${where}: 'weights' lack '${missing}' of the outer optimizer. ${REMEDY}`);
  }

  /** Takes over what {@link held} was, and how often it has stepped. */
  hold(held: readonly NamedTensor[], iterations: number): void {
    const properties = propertiesOf(this.optimizer);
    const slots = new Map<string, Slot[]>(slotArrays(this.optimizer).map(([property]) => [property, []]));
    const before = slotArrays(this.optimizer).flatMap(([, array]) => array);
    tidy(() => {
      for (const { name, tensor } of held) {
        const [property, position, originalName] = placeOf(name);
        // Shared, since it may be the variable itself.
        if (position === undefined) (properties[property] as Variable).assign(share(tensor));
        else {
          const array = slots.get(property) ?? [];
          array[Number(position)] = { originalName: originalName as string, variable: variable(tensor, false) };
          slots.set(property, array);
        }
      }
    });
    for (const [property, array] of slots) properties[property] = array;
    for (const slot of before) slot?.variable.dispose();
    properties.iterations_ = iterations;
  }

  dispose(): void {
    disposeOptimizer(this.optimizer);
  }
}

/** slow - fast; null if it is zero. On a GPU, where to ask would make it wait, only what shares a buffer counts as that. */
function pseudoGradient(slow: Variable, fast: Variable): Tensor | null {
  if (slow.dataId === fast.dataId) return null;
  const gradient = sub<Tensor>(slow, fast);
  if (isOnGPU() || gradient.dataSync().some((value) => value !== 0)) return gradient;
  gradient.dispose();
  return null;
}

const REMEDY = 'Pass what getWeights() returned, with an outer optimizer of the same class.';

/** Where a variable is: in a property, or in the array that it is, at a position, and under which name of its own. */
function placeOf(name: string): [property: string, position?: string, originalName?: string] {
  const [property = '', position, ...originalName] = name.split('/');
  return position === undefined ? [property] : [property, position, originalName.join('/')];
}
