/** Tables of settings: plain objects, so that every bundler leaves out a table that is not used. */
import { isObject, mistake, refuse } from './errors.js';

export interface Setting {
  readonly byDefault: unknown;
  /** Whether a value, which has the type of the default, is in range. */
  fits?(value: never): boolean;
  readonly must?: string;
  readonly remedy?: string;
  /** Takes the place of `fits`, `must` and `remedy`. @throws Error unless the value can be had. */
  check?(name: string, value: unknown): void;
}

/** @throws Error unless the setting can have this value. */
export function checkSetting(
  { byDefault, fits, must = '', remedy, check }: Setting,
  name: string,
  value: unknown,
): void {
  const isOfType = typeof value === typeof byDefault;
  if (check) check(name, value);
  else if (!isOfType || fits?.(value as never) === false) refuse(name, value, must, remedy, isOfType);
}

/** Names that other packages have for our settings. */
const otherNames = new Map([
  ['sync_period', 'k'],
  ['la_steps', 'k'],
  ['slow_step_size', 'alpha'],
  ['la_alpha', 'alpha'],
]);

/** A name without what saving a model changes in the strings of a config: capital letters, and underscores. */
export const comparable = (name: string): string => name.toLowerCase().replaceAll('_', '');

/** The name that is meant: of another package, or written in another way, such as `weight_decay`. */
const meant = (key: string, names: readonly string[]): string | undefined =>
  names.find((name) => name === otherNames.get(key) || comparable(name) === comparable(key));

/**
 * The settings of a config, with defaults where it has none.
 *
 * @throws Error if the config has an unknown key or a value that does not fit.
 */
export function readTable<T>(table: Record<keyof T, Setting>, config: object): T {
  const names = Object.keys(table) as (keyof T & string)[];
  const known = names.join(', ');
  if (!isObject(config)) refuse('config', config, `an object with any of: ${known}`);
  const settings = Object.fromEntries(names.map((name) => [name, table[name].byDefault])) as T;
  for (const [key, value] of Object.entries(config)) {
    const name = names.find((each) => each === key);
    if (!name) {
      const ours = meant(key, names);
      const hint = ours ? ` It is called '${ours}' here.` : '';
      throw mistake(`'config' has an unknown key '${key}'.${hint} Known are: ${known}.`);
    }
    if (value === undefined) continue;
    checkSetting(table[name], name, value);
    settings[name] = value;
  }
  return settings;
}
