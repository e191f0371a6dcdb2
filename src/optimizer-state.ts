/**
 * What an optimizer holds. Those of tfjs keep their state in properties of their own: single variables (Adam's
 * `accBeta1`), and arrays of slots, one slot for each variable that they step, in the order in which they met them.
 */
import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  MomentumOptimizer,
  Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
  type serialization,
  Tensor,
  Variable,
} from '@tensorflow/tfjs-core';
import { isAlive, isOptimizer } from './checks.js';
import { declared } from './declared.js';
import type { NamedTensor } from './named-tensor.js';

export interface Slot {
  originalName: string;
  variable: Variable;
  /** The variable that it is of, if the optimizer knows that: those of this package do, from its first step on. */
  owner?: Variable;
}

export const propertiesOf = (optimizer: Optimizer) => optimizer as unknown as Record<string, unknown>;

const isSlot = (value: unknown): value is Slot => (value as Slot | null)?.variable instanceof Variable;

export function slotArrays(optimizer: Optimizer): [property: string, slots: Slot[]][] {
  return Object.entries(optimizer).filter((entry): entry is [string, Slot[]] => {
    const [, value] = entry;
    return Array.isArray(value) && value.length > 0 && value.every(isSlot);
  });
}

/** The class of tfjs or of this package that the optimizer is of, or extends. */
function classOf(optimizer: Optimizer): OptimizerClass | undefined {
  const own = declared.get(optimizer)?.cls;
  if (own) return own as OptimizerClass;
  // Not `instanceof`, which tfjs answers with yes for any optimizer.
  const ancestors: unknown[] = [];
  for (let each = optimizer; each; each = Object.getPrototypeOf(each)) ancestors.push(each);
  // Momentum extends SGD, so it comes first.
  const classes = [
    AdadeltaOptimizer,
    AdagradOptimizer,
    AdamaxOptimizer,
    AdamOptimizer,
    RMSPropOptimizer,
    MomentumOptimizer,
    SGDOptimizer,
  ];
  return classes.find(({ prototype }) => ancestors.includes(prototype)) as OptimizerClass | undefined;
}

/**
 * Whether it goes by the position of a variable in the list of gradients, as tfjs's own optimizers do: their slots are
 * mixed up when the list changes.
 */
export const goesByPosition = (optimizer: Optimizer): boolean => classOf(optimizer) !== undefined;

/** Whether it has a getWeights() and a setWeights() of its own. Those of Adamax only throw. */
export const listsItsOwn = ({ getWeights }: Optimizer): boolean =>
  getWeights !== Optimizer.prototype.getWeights && getWeights !== AdamaxOptimizer.prototype.getWeights;

/** Whether its list begins with its iterations, as that of tfjs does, while one of the user's own may list what it likes. */
export const listsIterations = (optimizer: Optimizer): boolean =>
  !listsItsOwn(optimizer) || optimizer.getWeights === classOf(optimizer)?.prototype.getWeights;

/** Whether its list is its whole state, as that of this package's optimizers is, while those of tfjs leave something out. */
export const listsAll = (optimizer: Optimizer): boolean => declared.has(optimizer);

/** Its single variables, by property. */
export const singleVariables = (optimizer: Optimizer): { name: string; tensor: Variable }[] =>
  Object.entries(optimizer).flatMap(([name, value]) => (value instanceof Variable ? [{ name, tensor: value }] : []));

/**
 * Every variable that the optimizer holds, in an order that depends on its class alone. The name is the property's, and
 * for a slot its own follows: `accumulatedFirstMoment/kernel/m`.
 */
export function heldVariables(optimizer: Optimizer): NamedTensor[] {
  return Object.entries(optimizer).flatMap(([property, value]: [string, unknown]) => {
    if (value instanceof Variable) return [{ name: property, tensor: value as Tensor }];
    if (!Array.isArray(value)) return [];
    return value
      .filter(isSlot)
      .map(({ originalName, variable }) => ({ name: `${property}/${originalName}`, tensor: variable as Tensor }));
  });
}

/**
 * The slots at new positions.
 *
 * @param from for each new position the old one. Where there was no slot, there is none, as tfjs makes one when it is
 * first needed.
 */
export function arranged(slots: readonly Slot[], from: readonly number[]): Slot[] {
  const result: Slot[] = [];
  from.forEach((position, i) => {
    const slot = slots[position];
    if (slot) result[i] = slot;
  });
  return result;
}

/** Gives the slots of an optimizer that goes by position new ones, as {@link arranged}, and disposes those that get none. */
export function arrangeSlots(optimizer: Optimizer, from: readonly number[]): void {
  for (const [property, slots] of slotArrays(optimizer)) {
    const kept = arranged(slots, from);
    const isKept = new Set(kept);
    slots.forEach((slot) => {
      if (!isKept.has(slot)) slot.variable.dispose();
    });
    propertiesOf(optimizer)[property] = kept;
  }
}

/** Empties the state of an optimizer of tfjs: it is that of a new one, but for the count of its steps. */
export function emptyState(optimizer: Optimizer): void {
  arrangeSlots(optimizer, []);
  const single = singleVariables(optimizer);
  if (single.length === 0) return;
  // Of the class of tfjs, since one that extends it may be made from something else than a config.
  const cls = classOf(optimizer) as OptimizerClass;
  const fresh = cls.fromConfig(cls, optimizer.getConfig());
  for (const { name, tensor } of single) {
    const initial = propertiesOf(fresh)[name];
    if (initial instanceof Variable) tensor.assign(initial);
  }
  fresh.dispose();
}

interface OptimizerClass extends serialization.SerializableConstructor<Optimizer> {
  readonly prototype: Optimizer;
}

/** Empty for a class of the user's own that has no name. */
export const classNameOf = (optimizer: Optimizer): string => optimizer.getClassName?.() ?? '';

/** Whether the optimizer was disposed, a tensor that it holds, or an optimizer inside it. */
export function isDisposed(optimizer: Optimizer): boolean {
  const { isDisposed: wasDisposed, inner, outer } = propertiesOf(optimizer);
  if (wasDisposed || [inner, outer].some((each) => isOptimizer(each) && isDisposed(each))) return true;
  const tensors = Object.values(optimizer).filter((value): value is Tensor => value instanceof Tensor);
  return [...tensors, ...heldVariables(optimizer).map(({ tensor }) => tensor)].some((tensor) => !isAlive(tensor));
}

/** Disposes it, and what it holds but once: tfjs's own would take again what `tf.disposeVariables()` took. */
export function disposeOptimizer(optimizer: Optimizer): void {
  for (const { tensor } of heldVariables(optimizer)) if (!isAlive(tensor)) tensor.dataId = {};
  optimizer.dispose?.();
}
