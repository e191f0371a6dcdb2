/**
 * Gives an inner optimizer a state that was saved: checked before and after, and taken back if something does not
 * fit.
 */
import { keep, type Optimizer, type Tensor, util, Variable, variable } from '@tensorflow/tfjs-core';
import { checkValue } from '../checks.js';
import type { NamedTensor } from '../named-tensor.js';
import {
  goesByPosition,
  heldVariables,
  listsItsOwn,
  propertiesOf,
  releasesReplaced,
  type Slot,
  singleVariables,
  slotArrays,
} from '../optimizer-state.js';
import { share } from '../share.js';
import type { InnerState } from './inner-state.js';

/**
 * Puts back what `readState` of inner-state.ts read, of an optimizer of the same class.
 *
 * @param iterations of the same moment as all else. The optimizer's own list may have begun before.
 * @throws Error if something does not fit; it may be half done then, so {@link rememberState} first.
 */
export async function writeState(
  inner: Optimizer,
  { listed, leftOut }: InnerState,
  iterations?: number,
): Promise<void> {
  if (listsItsOwn(inner)) await inner.setWeights([...listed]);
  else {
    const [saved] = await (listed[0] as NamedTensor).tensor.data();
    propertiesOf(inner).iterations_ = saved;
  }
  if (iterations !== undefined && goesByPosition(inner)) propertiesOf(inner).iterations_ = iterations;
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
 * Checks that each of the weights that the optimizer's own list leaves out has a place of its own in it and, if they
 * are `all` of them, that none is missing.
 */
export function checkPlaces(where: string, inner: Optimizer, leftOut: readonly NamedTensor[], all: boolean): void {
  const remedy = 'Pass what getWeights() returned for one like it.';
  const names = leftOut.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) throw new Error(`${where}: 'weights' hold '${twice}' twice. ${remedy}`);
  const single = singleVariables(inner);
  // What an optimizer of the user's own lists itself, and what it leaves out, nobody knows.
  const missing = all && goesByPosition(inner) && single.find(({ name }) => !names.includes(name));
  if (missing) throw new Error(`${where}: 'weights' lack '${missing.name}' of the inner optimizer. ${remedy}`);
  for (const { name, tensor } of leftOut) {
    const [property] = splitName(name);
    const held = new Map(Object.entries(inner)).get(property);
    if (held instanceof Variable) checkValue(where, name, tensor, held);
    else if (Array.isArray(held)) checkValue(where, name, tensor, { shape: tensor.shape, dtype: 'float32' });
    else {
      throw new Error(`${where}: '${name}' has no place in the inner optimizer. ${remedy}`);
    }
  }
}

/** Keeps what an optimizer holds, so that it can be put back if a restore fails half-way. */
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
      // What a setWeights() of tfjs replaces stays alive, as it does without Lookahead: it may be in a list of the
      // user's.
      if (!listsItsOwn(inner) || releasesReplaced(inner)) disposeUnheld(before.map(({ held }) => held));
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
