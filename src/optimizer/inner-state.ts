/**
 * What an inner optimizer holds. The optimizers of tfjs keep their state in properties of their own: single variables
 * (Adam's `accBeta1`), and arrays of slots, one slot for each variable that they step, in the order in which they met them.
 */
import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  keep,
  Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
  Tensor,
  util,
  Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { checkValue } from '../checks.js';
import type { NamedTensor } from '../lookahead.js';
import { share } from '../slow-weights.js';

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

type Properties = Record<string, unknown>;

const propertiesOf = (inner: Optimizer) => inner as unknown as Properties;

const isSlot = (value: unknown): value is Slot => (value as Slot | null)?.variable instanceof Variable;

function slotArrays(inner: Optimizer): [property: string, slots: Slot[]][] {
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
function heldVariables(inner: Optimizer): NamedTensor[] {
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

/**
 * Puts back what {@link readState} read, of an optimizer of the same class.
 *
 * @throws Error if something does not fit; it may be half done then, so {@link rememberState} first.
 */
export async function writeState(inner: Optimizer, { listed, leftOut }: InnerState): Promise<void> {
  if (listsItsOwn(inner)) await inner.setWeights([...listed]);
  else {
    const [iterations] = await (listed[0] as NamedTensor).tensor.data();
    propertiesOf(inner).iterations_ = iterations;
  }
  const filled = new Map<string, number>();
  for (const { name, tensor } of leftOut) {
    const [property, slotName] = splitName(name);
    const held = propertiesOf(inner)[property];
    if (held instanceof Variable) held.assign(tensor);
    else {
      const slots = held as Slot[];
      const i = filled.get(property) ?? 0;
      filled.set(property, i + 1);
      const old = slots[i]?.variable;
      if (old && util.arraysEqual(old.shape, tensor.shape)) old.assign(tensor);
      else slots[i] = { originalName: slotName, variable: variable(tensor, false) };
    }
  }
  if (listsItsOwn(inner)) return;
  // All slots were left out, so it had no others. (A copy is cut: the array is put back if something fails later.)
  for (const [property, slots] of slotArrays(inner)) {
    propertiesOf(inner)[property] = slots.slice(0, filled.get(property) ?? 0);
  }
}

const splitName = (name: string): [property: string, slotName: string] => {
  const [property = '', ...rest] = name.split('/');
  return [property, rest.join('/')];
};

/**
 * Checks that each of the weights that the optimizer's own list leaves out has a place of its own in it and, if they are
 * `all` of them, that none is missing.
 */
export function checkPlaces(where: string, inner: Optimizer, leftOut: readonly NamedTensor[], all: boolean): void {
  const remedy = 'Pass what getWeights() returned for one like it.';
  const names = leftOut.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) throw new Error(`${where}: 'weights' hold '${twice}' twice. ${remedy}`);
  const single = heldVariables(inner).filter(({ name }) => !name.includes('/'));
  // What an optimizer of the user's own lists itself, and what it leaves out, nobody knows.
  const missing = all && goesByPosition(inner) && single.find(({ name }) => !names.includes(name));
  if (missing) throw new Error(`${where}: 'weights' lack '${missing.name}' of the inner optimizer. ${remedy}`);
  for (const { name, tensor } of leftOut) {
    const [property] = splitName(name);
    const held = Object.hasOwn(inner, property) ? propertiesOf(inner)[property] : undefined;
    if (held instanceof Variable) checkValue(where, name, tensor, held);
    else if (Array.isArray(held)) checkValue(where, name, tensor, { shape: tensor.shape, dtype: 'float32' });
    else {
      throw new Error(`${where}: '${name}' has no place in the inner optimizer. ${remedy}`);
    }
  }
}

/** Keeps what the optimizer holds, so that it can be put back if a restore fails half-way. */
export function rememberState(inner: Optimizer): { putBack(): void; forget(): void } {
  const properties = Object.entries(inner).map(
    ([name, value]: [string, unknown]) => [name, Array.isArray(value) ? [...value] : value] as const,
  );
  const before = heldVariables(inner).map(({ tensor }) => ({ held: tensor, value: keep(share(tensor)) }));
  /** Disposes what `others` holds and the optimizer does not any more. */
  const disposeUnheld = (others: readonly Tensor[]) => {
    const isHeld = new Set(heldVariables(inner).map(({ tensor }) => tensor));
    for (const other of others) if (!isHeld.has(other)) other.dispose();
  };
  const disposeValues = () => {
    for (const { value } of before) value.dispose();
  };
  return {
    putBack() {
      const after = heldVariables(inner).map(({ tensor }) => tensor);
      for (const name of Object.keys(inner)) delete propertiesOf(inner)[name];
      Object.assign(inner, Object.fromEntries(properties));
      disposeUnheld(after);
      for (const { held, value } of before) (held as Variable).assign(value);
      disposeValues();
    },
    forget() {
      // What a setWeights() of tfjs replaces stays alive, as it does without Lookahead: it may be in a list of the user's.
      if (!listsItsOwn(inner)) disposeUnheld(before.map(({ held }) => held));
      disposeValues();
    },
  };
}

/**
 * Checks that the slots of an optimizer that goes by position are those of the same variables, in the same order.
 *
 * @param shapes of the variables, by position, as far as they are known.
 */
export function checkSlots(where: string, inner: Optimizer, shapes: readonly number[][]): void {
  const remedy = 'Pass a whole list, as getWeights() returned it.';
  const arrays = slotArrays(inner);
  const owner = ({ originalName }: Slot) => originalName.slice(0, originalName.lastIndexOf('/'));
  const [, first] = arrays[0] ?? ['', []];
  for (const [property, slots] of arrays) {
    if (slots.length !== first.length || (shapes.length > 0 && slots.length > shapes.length)) {
      throw new Error(
        `${where}: 'weights' hold ${slots.length} slots for '${property}' of the inner optimizer, but ` +
          `${Math.min(first.length, shapes.length || first.length)} for other weights. ${remedy}`,
      );
    }
    slots.forEach((slot, i) => {
      const { originalName, variable } = slot;
      const { shape } = (first[i] as Slot).variable;
      checkValue(where, originalName, variable, { shape: shapes[i] ?? shape, dtype: 'float32' });
      if (owner(slot) !== owner(first[i] as Slot)) {
        throw new Error(
          `${where}: '${originalName}' stands where a slot of '${owner(first[i] as Slot)}' must. ${remedy}`,
        );
      }
    });
  }
}

/** @throws Error if the optimizer, which goes by position, holds a state of another shape for this one. */
export function checkSlot(where: string, inner: Optimizer, position: number, { name, shape }: Variable): void {
  for (const [, slots] of slotArrays(inner)) {
    const slot = slots[position]?.variable;
    if (!slot || util.arraysEqual(slot.shape, shape)) continue;
    throw new Error(
      `${where}: '${name}' has shape [${shape}], but the inner optimizer goes by position, and holds the state of a weight ` +
        `of shape [${slot.shape}] there, as of another model. Make a new optimizer for this model.`,
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
