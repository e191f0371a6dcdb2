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

/**
 * The classes of tfjs, with the properties whose slots their getWeights() lists, in that order. Momentum extends SGD, so it
 * comes first.
 */
const listedProperties = (): [OptimizerClass, string[]][] => [
  [AdadeltaOptimizer as OptimizerClass, ['accumulatedGrads', 'accumulatedUpdates']],
  [AdagradOptimizer as OptimizerClass, ['accumulatedGrads']],
  [AdamaxOptimizer as OptimizerClass, []],
  [AdamOptimizer as OptimizerClass, ['accumulatedFirstMoment', 'accumulatedSecondMoment']],
  [RMSPropOptimizer as OptimizerClass, ['accumulatedMeanSquares', 'accumulatedMoments', 'accumulatedMeanGrads']],
  [MomentumOptimizer as OptimizerClass, ['accumulations']],
  [SGDOptimizer as OptimizerClass, []],
];

function classAndProperties(optimizer: Optimizer): readonly [OptimizerClass, readonly string[]] | undefined {
  const own = declared.get(optimizer);
  if (own) return [own.cls as OptimizerClass, own.properties];
  // Not `instanceof`, which tfjs answers with yes for any optimizer.
  const ancestors: unknown[] = [];
  for (let each = optimizer; each; each = Object.getPrototypeOf(each)) ancestors.push(each);
  return listedProperties().find(([{ prototype }]) => ancestors.includes(prototype));
}

/** The class of tfjs or of this package that the optimizer is of, or extends. */
const classOf = (optimizer: Optimizer): OptimizerClass | undefined => classAndProperties(optimizer)?.[0];

/** The slots that the getWeights() of its class lists. */
export function listedSlots(optimizer: Optimizer): Slot[] {
  const [, properties = []] = classAndProperties(optimizer) ?? [];
  const held = propertiesOf(optimizer);
  const listed = properties.filter((property) => property !== 'accumulatedMeanGrads' || held.centered);
  return listed.flatMap((property) => held[property] as Slot[]);
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

/** Whether nothing that its setWeights() replaces is its own any more, as with this package's optimizers. */
export const releasesReplaced = (optimizer: Optimizer): boolean => declared.has(optimizer);

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
  // By the class of tfjs: one that extends it may be made from something else than a config, and have another config.
  const cls = classOf(optimizer) as OptimizerClass;
  const fresh = cls.fromConfig(cls, cls.prototype.getConfig.call(optimizer));
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

/** What tfjs's own keep beside their slots, and dispose with them. */
const singleTensors = ['c', 'm', 'accBeta1', 'accBeta2', 'iteration'];

/**
 * Whether the optimizer was disposed, or an optimizer inside it. That its state was says so, and nothing else that one of
 * the user's own may keep: a tensor of its last step, or a weight.
 */
export function isDisposed(optimizer: Optimizer): boolean {
  const { isDisposed: wasDisposed, inner, outer } = propertiesOf(optimizer);
  if (wasDisposed || [inner, outer].some((each) => isOptimizer(each) && isDisposed(each))) return true;
  const slots = slotArrays(optimizer).flatMap(([, slots]) => slots.map(({ variable }) => variable));
  const single = goesByPosition(optimizer) ? singleTensors.map((name) => propertiesOf(optimizer)[name]) : [];
  return [...slots, ...single].some((value) => value instanceof Tensor && !isAlive(value));
}

/** Disposes it, and what it holds but once: tfjs's own would take again what `tf.disposeVariables()` took. */
export function disposeOptimizer(optimizer: Optimizer): void {
  for (const { tensor } of heldVariables(optimizer)) if (!isAlive(tensor)) tensor.dataId = {};
  optimizer.dispose?.();
}
