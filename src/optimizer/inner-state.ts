/** What a LookaheadOptimizer has to know of its inner optimizer. */
import { type Optimizer, scalar, util, type Variable } from '@tensorflow/tfjs-core';
import { isOptimizer } from '../checks.js';
import type { NamedTensor } from '../named-tensor.js';
import {
  goesByPosition,
  heldVariables,
  listedSlots,
  listsIterations,
  listsItsOwn,
  propertiesOf,
  type Slot,
  slotArrays,
} from '../optimizer-state.js';

export interface InnerState {
  /** What the optimizer's own getWeights() gives; the iterations alone where it has none, like Adamax. */
  readonly listed: readonly NamedTensor[];
  /** Every variable that this leaves out: the powers of Adam's betas, all of Adamax. */
  readonly leftOut: readonly NamedTensor[];
}

/**
 * Whether nobody but the optimizer itself knows its list. Those of tfjs list their iterations, then their slots: all but
 * Adamax, which lists nothing.
 */
export const isListedByItself = (optimizer: Optimizer): boolean =>
  !(goesByPosition(optimizer) && listsIterations(optimizer)) &&
  (listsItsOwn(optimizer) || heldVariables(optimizer).length === 0);

/**
 * The state at this moment. All but the iterations are the variables themselves.
 *
 * @param listed what the optimizer's own getWeights() gave, if {@link isListedByItself}.
 */
export function readState(optimizer: Optimizer, listed = listOf(optimizer)): InnerState {
  const isListed = new Set(listed.map(({ tensor }) => tensor));
  return { listed, leftOut: heldVariables(optimizer).filter(({ tensor }) => !isListed.has(tensor)) };
}

/** As getWeights() of tfjs has it, which gives it later. */
function listOf(optimizer: Optimizer): readonly NamedTensor[] {
  const iterations = { name: 'iter', tensor: scalar(optimizer.iterations ?? 0, 'int32') };
  const slots = listedSlots(optimizer).map(({ originalName, variable }) => ({ name: originalName, tensor: variable }));
  return [iterations, ...slots];
}

/** @throws Error if the optimizer, which goes by position, holds a state of another shape for this one. */
export function checkSlot(where: string, inner: Optimizer, position: number, { name, shape }: Variable): void {
  for (const [, slots] of slotArrays(inner)) {
    const { variable: slot, owner } = slots[position] ?? {};
    if (!slot || owner || util.arraysEqual(slot.shape, shape)) continue;
    throw new Error(
      `${where}: '${name}' has shape [${shape}], but the inner optimizer goes by position, and holds the state ` +
        `of a weight of shape [${slot.shape}] there, as of another model. Make a new optimizer for this model.`,
    );
  }
}

/** The optimizer that steps the weights, in as many Lookaheads as there are. */
export function innermost(inner: Optimizer): Optimizer {
  const inside = propertiesOf(inner).inner; // of an optimizer of the user's own it may be anything
  return isOptimizer(inside) ? innermost(inside) : inner;
}

/** The arrays of slots that hold a momentum: of Momentum, of Adam and Adamax (the first moment), of RMSProp. */
const momentumProperties = ['accumulations', 'accumulatedFirstMoment', 'accumulatedMoments'];

/** The optimizer's momentum, a slot for each variable that it has stepped; null if its method has none. */
export function momentumSlots(inner: Optimizer): Slot[] | null {
  const properties = propertiesOf(innermost(inner));
  if (properties.momentum === 0) return null; // RMSProp keeps the slots even so
  return momentumProperties.map((property) => properties[property]).find(Array.isArray) ?? null;
}
