/**
 * The variables that an optimizer holds. Those of tfjs keep them in properties of their own: single ones (Adam's
 * `accBeta1`), and arrays of slots, one slot for each variable that they step, by position: in the order in which they
 * met them.
 */

import { fill, type Optimizer, tidy, util, Variable, zeros } from '@tensorflow/tfjs-core';
import { mistake } from '../base/errors.js';
import { classOf, goesByPosition, innermost } from './classes.js';
import { declared } from './own-optimizers.js';

export interface Slot {
  originalName: string;
  variable: Variable;
  /** The variable that it is of, if the optimizer knows that: those of this package do, from its first step on. */
  owner?: Variable;
}

/** The name of the variable that a slot is of, from the slot's own: all before the suffix. */
export const ownerName = (originalName: string): string => originalName.slice(0, originalName.lastIndexOf('/'));

export const propertiesOf = (optimizer: Optimizer) => optimizer as unknown as Record<string, unknown>;

export const isSlot = (value: unknown): value is Slot => (value as Slot | null)?.variable instanceof Variable;

export const areSlots = (value: unknown): value is Slot[] =>
  Array.isArray(value) && value.length > 0 && value.every(isSlot);

export const slotArrays = (optimizer: Optimizer): [property: string, slots: Slot[]][] =>
  Object.entries(optimizer).filter((entry): entry is [string, Slot[]] => areSlots(entry[1]));

/**
 * The slot of a variable at a position. As in tfjs, it is made at the first step that lists the variable.
 *
 * @param made gets what takes the slot back, if it is made.
 */
export function slotOf(
  optimizer: Optimizer,
  [property, suffix]: readonly [property: string, suffix: string],
  position: number,
  variable: Variable,
  initial: number,
  made: (() => void)[],
): Variable {
  const slots = propertiesOf(optimizer)[property] as Slot[];
  const found = slots[position];
  if (found) return found.variable;
  const { length } = slots;
  const slot = newSlot(variable, suffix, initial);
  slots[position] = slot;
  made.push(() => {
    slot.variable.dispose();
    delete slots[position];
    slots.length = length;
  });
  return slot.variable;
}

export const newSlot = ({ name, shape }: Variable, suffix: string | undefined, initial: number): Slot => ({
  originalName: `${name}/${suffix}`,
  variable: tidy(() => fill(shape, initial, 'float32').variable(false)),
});

/** @throws Error if the optimizer goes by position, and holds a slot of another shape there. */
export function checkSlot(inner: Optimizer, position: number, { name, shape }: Variable): void {
  if (!goesByPosition(inner)) return;
  for (const [, slots] of slotArrays(inner)) {
    const { variable: slot, owner } = slots[position] ?? {};
    if (!slot || owner || util.arraysEqual(slot.shape, shape)) continue;
    throw mistake(
      `'${name}' has shape [${shape}], but the inner optimizer goes by position, and holds the state ` +
        `of a weight of shape [${slot.shape}] there, as of another model. Make a new optimizer for this model.`,
    );
  }
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

/** Gives the slots new positions, if the optimizer goes by position, as {@link arranged}, and disposes those that get none. */
export function arrangeSlots(optimizer: Optimizer, from: readonly number[]): void {
  if (!goesByPosition(optimizer)) return;
  for (const [property, slots] of slotArrays(optimizer)) {
    const kept = arranged(slots, from);
    const isKept = new Set(kept);
    slots.forEach((slot) => {
      if (!isKept.has(slot)) slot.variable.dispose();
    });
    propertiesOf(optimizer)[property] = kept;
  }
}

/** The positions up to the last one that has a slot. */
export const lengthOfSlots = (optimizer: Optimizer): number =>
  Math.max(0, ...slotArrays(optimizer).map(([, slots]) => slots.length));

/**
 * Gives slots to variables that have none, though one further on has. tfjs gives one to all that are listed, and cannot save
 * an array in which one is missing.
 */
export function fillHoles(optimizer: Optimizer, positions: readonly Variable[]): void {
  const { initialAccumulatorValue: initial = 0 } = propertiesOf(optimizer) as { initialAccumulatorValue?: number };
  for (const [, slots] of slotArrays(optimizer)) {
    const suffix = slots.at(-1)?.originalName.split('/').at(-1);
    positions.forEach((variable, i) => {
      slots[i] ??= { ...newSlot(variable, suffix, initial), ...(declared.has(optimizer) && { owner: variable }) };
    });
  }
}

/**
 * A new variable takes over the slots at a position, if the optimizer goes by position. Those of an optimizer of ours, which
 * would give it no slots of its own, become zero.
 */
export function passOnSlots(optimizer: Optimizer, position: number, owner: Variable): void {
  if (!goesByPosition(optimizer)) return;
  for (const [, slots] of slotArrays(optimizer)) {
    const slot = slots[position];
    if (!slot || slot.owner === owner) continue;
    slot.originalName = slot.originalName.replace(/^.*(?=\/)/, owner.name);
    if (!declared.has(optimizer)) continue;
    slot.owner = owner;
    tidy(() => slot.variable.assign(zeros(slot.variable.shape)));
  }
}

/** Empties the state of an optimizer, if it is tfjs's or ours: it is as in a new one then, except for `iterations`. */
export function emptyState(optimizer: Optimizer): void {
  // By that class: one that extends it may be made from something else than a config, and have another config.
  const cls = classOf(optimizer);
  if (!cls) return;
  arrangeSlots(optimizer, []);
  const single = Object.entries(optimizer).filter(([, value]) => value instanceof Variable);
  if (single.length === 0) return;
  const fresh = cls.fromConfig(cls, cls.prototype.getConfig.call(optimizer));
  for (const [property, held] of single) {
    const initial = propertiesOf(fresh)[property];
    if (initial instanceof Variable) held.assign(initial);
  }
  fresh.dispose();
}

/** The properties that hold a momentum: of Momentum and Lion, of Adam and its like (the first moment), of RMSProp. */
const momentumProperties = ['accumulations', 'accumulatedFirstMoment', 'accumulatedMoments'];

/** The momentum of the innermost optimizer, for each variable that it has stepped; null if its method has none. */
export function momentumOf(optimizer: Optimizer): Variable[] | null {
  const properties = propertiesOf(innermost(optimizer));
  if (properties.momentum === 0) return null; // RMSProp keeps the slots even so
  const slots = momentumProperties.map((property) => properties[property]).find(Array.isArray);
  return slots?.map(({ variable }: Slot) => variable) ?? null;
}
