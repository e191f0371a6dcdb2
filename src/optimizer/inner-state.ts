/**
 * What an inner optimizer holds. The optimizers of tfjs keep their state in properties of their own: single variables
 * (Adam's `accBeta1`), and arrays of slots, one slot for each variable that they step, in the order in which they met
 * them.
 */
import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
  Tensor,
  util,
  Variable,
} from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../lookahead.js';

export interface Slot {
  originalName: string;
  variable: Variable;
}

export interface InnerState {
  /** What the optimizer's own getWeights() gives; the iterations alone where it has none, like Adamax. */
  readonly listed: readonly NamedTensor[];
  /** Every variable that this leaves out: the powers of Adam's betas, all of Adamax. */
  readonly leftOut: readonly NamedTensor[];
}

export const propertiesOf = (inner: Optimizer) => inner as unknown as Record<string, unknown>;

const isSlot = (value: unknown): value is Slot => (value as Slot | null)?.variable instanceof Variable;

export function slotArrays(inner: Optimizer): [property: string, slots: Slot[]][] {
  return Object.entries(inner).filter((entry): entry is [string, Slot[]] => {
    const [, value] = entry;
    return Array.isArray(value) && value.length > 0 && value.every(isSlot);
  });
}

/**
 * Whether it goes by the position of a variable in the list of gradients, as tfjs's own optimizers do: their slots are
 * mixed up when the list changes.
 */
export function goesByPosition(inner: Optimizer): boolean {
  // Not `instanceof`, which tfjs answers with yes for any optimizer.
  const ancestors: unknown[] = [];
  for (let each = inner; each; each = Object.getPrototypeOf(each)) ancestors.push(each);
  // Momentum extends SGD.
  return [AdadeltaOptimizer, AdagradOptimizer, AdamaxOptimizer, AdamOptimizer, RMSPropOptimizer, SGDOptimizer].some(
    ({ prototype }) => ancestors.includes(prototype),
  );
}

/** Whether it has a getWeights() and a setWeights() of its own. Those of Adamax only throw. */
export const listsItsOwn = ({ getWeights }: Optimizer): boolean =>
  getWeights !== Optimizer.prototype.getWeights && getWeights !== AdamaxOptimizer.prototype.getWeights;

/**
 * Every variable that the optimizer holds, in an order that depends on its class alone. The name is the property's, and
 * for a slot its own follows: `accumulatedFirstMoment/kernel/m`.
 */
export function heldVariables(inner: Optimizer): NamedTensor[] {
  return Object.entries(inner).flatMap(([property, value]: [string, unknown]) => {
    if (value instanceof Variable) return [{ name: property, tensor: value as Tensor }];
    if (!Array.isArray(value)) return [];
    return value
      .filter(isSlot)
      .map(({ originalName, variable }) => ({ name: `${property}/${originalName}`, tensor: variable as Tensor }));
  });
}

/** @throws Error if the optimizer cannot be saved: it neither lists its weights nor holds any. */
export async function readState(inner: Optimizer): Promise<InnerState> {
  const isBare = !listsItsOwn(inner) && heldVariables(inner).length > 0;
  const listed = isBare ? [await inner.saveIterations()] : await inner.getWeights();
  const isListed = new Set(listed.map(({ tensor }) => tensor));
  return { listed, leftOut: heldVariables(inner).filter(({ tensor }) => !isListed.has(tensor)) };
}

/** @throws Error if the optimizer, which goes by position, holds a state of another shape for this one. */
export function checkSlot(where: string, inner: Optimizer, position: number, { name, shape }: Variable): void {
  for (const [, slots] of slotArrays(inner)) {
    const slot = slots[position]?.variable;
    if (!slot || util.arraysEqual(slot.shape, shape)) continue;
    throw new Error(
      `${where}: '${name}' has shape [${shape}], but the inner optimizer goes by position, and holds the state ` +
        `of a weight of shape [${slot.shape}] there, as of another model. Make a new optimizer for this model.`,
    );
  }
}

/** Removes the slots of variables that are gone. */
export function removeSlots(inner: Optimizer, positions: ReadonlySet<number>): void {
  for (const [property, slots] of slotArrays(inner)) {
    propertiesOf(inner)[property] = slots.filter((_, i) => !positions.has(i));
    slots.forEach(({ variable }, i) => {
      if (positions.has(i)) variable.dispose();
    });
  }
}

/** The optimizer that steps the weights, in as many Lookaheads as there are. */
export function innermost(inner: Optimizer): Optimizer {
  const properties = propertiesOf(inner);
  return 'inner' in properties ? innermost(properties.inner as Optimizer) : inner;
}

/** The arrays of slots that hold a momentum: of Momentum, of Adam and Adamax (the first moment), of RMSProp. */
const momentumProperties = ['accumulations', 'accumulatedFirstMoment', 'accumulatedMoments'];

/** The optimizer's momentum, a slot for each variable that it has stepped; null if its method has none. */
export function momentumSlots(inner: Optimizer): Slot[] | null {
  const properties = propertiesOf(innermost(inner));
  if (properties.momentum === 0) return null; // RMSProp keeps the slots even so
  return momentumProperties.map((property) => properties[property]).find(Array.isArray) ?? null;
}

export function isDisposed(inner: Optimizer): boolean {
  if ((inner as { isDisposed?: boolean }).isDisposed) return true;
  const tensors = Object.values(inner).filter((value): value is Tensor => value instanceof Tensor);
  return [...tensors, ...heldVariables(inner).map(({ tensor }) => tensor)].some(({ isDisposed }) => isDisposed);
}
