/**
 * Which variable the inner optimizer knows by which position. A variable that the gradients list twice has two
 * positions, as in tfjs, which steps it twice.
 */
import type { Variable } from '@tensorflow/tfjs-core';
import { engine } from '@tensorflow/tfjs-core';
import { type Gradients, namesOf, tensorsOf } from '../gradients.js';

/**
 * The variables that have a gradient, in the order listed, each as often as it is listed.
 *
 * @param all whether those without a gradient count too.
 */
export function variablesOf(where: string, gradients: Gradients, all: boolean): Variable[] {
  const registered = engine().registeredVariables;
  const tensors = tensorsOf(gradients);
  const names = namesOf(gradients).filter((_, i) => all || tensors[i]);
  return names.map((name) => {
    const variable = registered[name];
    if (!variable) throw new Error(`${where}: there is no variable named '${name}'. Pass gradients by name.`);
    return variable;
  });
}

/** The variables of `listed` that have no position yet, each as often as it is listed beyond those that it has. */
export function newcomers(positions: readonly Variable[], listed: readonly Variable[]): Variable[] {
  const vacant = new Map<Variable, number>();
  for (const variable of positions) vacant.set(variable, (vacant.get(variable) ?? 0) + 1);
  return listed.filter((variable) => {
    const count = vacant.get(variable) ?? 0;
    vacant.set(variable, count - 1);
    return count <= 0;
  });
}

/**
 * The variables by position that take what was saved by position.
 *
 * By name, if all that are listed were saved, or all that were saved are listed: then all of them come back, so that a
 * merge misses none. By position, if none of those listed was saved, since names change when a model is loaded again
 * in the same page; then all that were saved have to be listed, in the same order.
 *
 * @param saved the names of the variables that were saved.
 * @param listed the variables of the first step, or those that the user adds.
 * @returns the variables that were saved, then those of `listed` that are new.
 */
export function matchSaved(where: string, saved: readonly string[], listed: readonly Variable[]): Variable[] {
  const wasSaved = new Set(saved);
  const isListed = new Set(listed.map(({ name }) => name));
  const unsaved = listed.find(({ name }) => !wasSaved.has(name));
  const missing = saved.find((name) => !isListed.has(name));
  if (!unsaved || !missing) {
    const registered = engine().registeredVariables;
    const restored = saved.map((name) => {
      const variable = registered[name];
      if (!variable) throw new Error(`${where}: there is no variable named '${name}', which was saved. Make it first.`);
      return variable;
    });
    return [...restored, ...newcomers(restored, listed)];
  }
  if (listed.length >= saved.length && !listed.some(({ name }) => wasSaved.has(name))) return [...listed];
  throw new Error(
    `${where}: '${unsaved.name}' was not saved, and '${missing}', which was, is not listed, so they cannot ` +
      `be matched. Name the ${saved.length} that were saved first, in their order: optimizer.add(variables).`,
  );
}
