/**
 * Which variable the inner optimizer knows by which position. A variable that the gradients list twice has two
 * positions, as in tfjs, which steps it twice.
 */

import { engine, type Variable } from '@tensorflow/tfjs-core';
import { mistake } from '../base/errors.js';
import { type Gradients, namesOf, tensorsOf } from '../base/gradients.js';

/**
 * The variables that have a gradient, in the order listed, each as often as it is listed.
 *
 * @param all whether those without a gradient count too.
 */
export function variablesOf(gradients: Gradients, all: boolean): Variable[] {
  const registered = engine().registeredVariables;
  const tensors = tensorsOf(gradients);
  const names = namesOf(gradients).filter((name, i) => tensors[i] || (all && registered[name]));
  return names.map((name) => {
    const variable = registered[name];
    if (!variable) throw mistake(`there is no variable named '${name}'. Pass gradients by name.`);
    return variable;
  });
}

/** For each of `listed` its index in `all`, or -1. One that occurs several times gets its indices in turn, and then -1. */
export function placesIn<T>(all: readonly T[], listed: readonly T[]): number[] {
  const vacant = new Map<T, number[]>();
  for (const [place, each] of all.entries()) vacant.set(each, [...(vacant.get(each) ?? []), place]);
  return listed.map((each) => vacant.get(each)?.shift() ?? -1);
}

/** The variables of `listed` that have no position yet, each as often as it is listed beyond those that it has. */
export function newcomers(positions: readonly Variable[], listed: readonly Variable[]): Variable[] {
  const places = placesIn(positions, listed);
  return listed.filter((_, i) => places[i] === -1);
}

/**
 * tfjs makes the name of a layer's weight unique by a number at its end, `kernel_1`. We do so with slow weights too, so a name
 * may end in several: `lookahead/kernel_1_1`.
 */
const withoutNumber = (name: string): string => name.replace(/(_\d+)+$/, '');

/** Whether tfjs has called a variable, or that of which it is the slow weight, by a number, since nobody had named it. */
export const isMadeUp = (name: string): boolean => /^(lookahead\/)*\d+(_\d+)*$/.test(name);

/** For each of the names that were saved, those of `listed` that have it but for that number; none if it is made up. */
function namesakes(saved: readonly string[], listed: readonly Variable[]): Variable[][] {
  const bare = listed.map(({ name }) => withoutNumber(name));
  return saved.map((name) => {
    const sought = isMadeUp(name) ? null : withoutNumber(name);
    return listed.filter((_, i) => bare[i] === sought);
  });
}

/** Whether the variable can be the one that was saved, by its name. */
function couldBe(saved: string, variable: Variable, namesakes: readonly Variable[]): boolean {
  if (namesakes.length > 0) return namesakes.includes(variable);
  // A number that is new says that there was a variable of this name before, and it is not the one that was saved.
  return saved.endsWith(variable.name.slice(withoutNumber(variable.name).length));
}

/** One that is listed and was not saved, and one that was saved and is not listed, if there are any. */
const differencesOf = (saved: readonly string[], listed: readonly Variable[]) => ({
  unsaved: listed.find(({ name }) => !saved.includes(name)),
  missing: saved.find((name) => !listed.some((variable) => variable.name === name)),
});

/**
 * Whether names tell which variables were saved: if all that are listed were, or all that were are listed. A name that tfjs
 * made up tells only together with all others, for in another program another variable may have it.
 */
export function areToldByName(saved: readonly string[], listed: readonly Variable[]): boolean {
  const { unsaved, missing } = differencesOf(saved, listed);
  return saved.some(isMadeUp) ? !unsaved && !missing : !unsaved || !missing;
}

/**
 * The variables by position that take what was saved by position.
 *
 * By name, if {@link areToldByName names tell}: then all of them come back, so that a merge misses none. If none of those
 * listed was saved, since names change when a model is loaded again in the same page: by name but for the number that tfjs
 * appends, or else by position. Then those that were saved have to be listed, and no others, in the same order.
 *
 * @param saved the names of the variables that were saved.
 * @param listed the variables of the first step, or those that the user adds.
 * @param isOrderCertain whether those that were saved are listed in the order in which they were saved.
 * @param how the user can list them, for a message.
 * @returns the variables that were saved, then those of `listed` that are new.
 */
export function matchSaved(
  saved: readonly string[],
  listed: readonly Variable[],
  isOrderCertain: boolean,
  how: string,
): Variable[] {
  const [names, variables] = [[...new Set(saved)], [...new Set(listed)]];
  /** @param found for each of the names its variable. */
  const restored = (found: readonly (Variable | undefined)[]): Variable[] => {
    const positions = saved.map((name) => {
      const variable = found[names.indexOf(name)];
      if (!variable) throw mistake(`there is no variable named '${name}', which was saved. Make it first.`);
      return variable;
    });
    return [...positions, ...newcomers(positions, listed)];
  };
  if (areToldByName(names, variables)) {
    return restored(names.map((name) => engine().registeredVariables[name]));
  }
  if (!variables.some(({ name }) => saved.includes(name) && !isMadeUp(name))) {
    const found = namesakes(names, variables);
    if (found.every(({ length }) => length === 1) && new Set(found.flat()).size === names.length) {
      return restored(found.flat());
    }
    const areAll = isOrderCertain && variables.length === names.length;
    if (areAll && names.every((name, i) => couldBe(name, variables[i] as Variable, found[i] as Variable[]))) {
      return restored(variables);
    }
  }
  const { unsaved, missing } = differencesOf(names, variables);
  const doubt =
    unsaved && missing
      ? `'${unsaved.name}' was not saved, and '${missing}', which was, is not listed`
      : `${unsaved ? `'${unsaved.name}' was not saved` : `'${missing}', which was saved, is not listed`}, and names ` +
        'that tfjs made up tell nothing unless all are there';
  throw mistake(
    `${doubt}, so they cannot be matched. Name the ${names.length} that were saved, and no others, in their order: ` +
      `${how}. Or give them their names again: ${names.join(', ')}.`,
  );
}
