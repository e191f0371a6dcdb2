/**
 * A step of an optimizer that goes by position, with gradients that list other variables than the step before, or in
 * another order. It gets them as the program passed them, since its class may be one of the user's own. What changes
 * is where its slots are, for the time of the step.
 */
import type { Optimizer, Variable } from '@tensorflow/tfjs-core';
import { type Gradients, namesOf } from '../base/gradients.js';
import { placesIn } from './positions.js';
import { arranged, fillHoles, propertiesOf, slotArrays } from './slots.js';

/**
 * @param positions of the variables in the optimizer, whose slots are in this order before and after.
 * @param step gets the gradients that there are: one that is missing has no place of its own.
 */
export function stepByPosition<T>(
  inner: Optimizer,
  positions: readonly Variable[],
  gradients: Gradients,
  step: (gradients: Gradients) => T,
): T {
  const given = withoutMissing(gradients);
  const from = placesIn(
    positions.map(({ name }) => name),
    namesOf(given),
  );
  const properties = propertiesOf(inner);
  const before = new Map(slotArrays(inner));
  for (const [property, slots] of before) properties[property] = arranged(slots, from);
  let result: T;
  try {
    result = step(given);
  } finally {
    for (const [property, slots] of slotArrays(inner)) {
      const all = before.get(property) ?? [];
      slots.forEach((slot, i) => {
        all[from[i] ?? all.length] = slot;
      });
      before.set(property, all);
    }
    for (const [property, slots] of before) properties[property] = slots;
  }
  fillHoles(inner, positions); // a variable that was named, but has not been stepped, has no slot yet
  return result;
}

const withoutMissing = (gradients: Gradients): Gradients =>
  Array.isArray(gradients)
    ? gradients.filter(({ tensor }) => tensor)
    : Object.fromEntries(Object.entries(gradients).filter(([, tensor]) => tensor));
