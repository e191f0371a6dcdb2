/** Checks of the settings of an optimizer of this package. */
import { describe } from '../checks.js';

/** @throws Error unless the value is a finite number. */
export function checkFinite(where: string, name: string, value: unknown): asserts value is number {
  if (Number.isFinite(value)) return;
  throw new Error(`${where}: '${name}' is ${describe(value)}, but must be a finite number.`);
}

/** @throws Error unless a beta is in [0, 1), or another setting is at least 0. */
export function checkSetting(where: string, name: string, value: unknown): asserts value is number {
  const isBeta = name.startsWith('beta');
  if (Number.isFinite(value) && (value as number) >= 0 && (!isBeta || (value as number) < 1)) return;
  const range = isBeta ? 'a number in [0, 1)' : 'a finite number of at least 0';
  throw new Error(`${where}: '${name}' is ${describe(value)}, but must be ${range}.`);
}

/** @throws Error unless the value is a list of parts of names. */
export function checkExclude(where: string, exclude: unknown): asserts exclude is readonly string[] {
  if (Array.isArray(exclude) && exclude.every((part) => typeof part === 'string' && comparable(part) !== '')) return;
  throw new Error(
    `${where}: 'exclude' is ${describe(exclude)}, but must be an array of parts of names of variables, such as ['bias'].`,
  );
}

/** A name without what saving a model changes in the strings of a config: capital letters, and underscores. */
export const comparable = (name: string): string => name.toLowerCase().replaceAll('_', '');
