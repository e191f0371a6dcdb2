/** Tables of settings: what each has to be, and is by default. */
import { mistake, refuse } from './errors.js';

export interface Setting {
  readonly byDefault: unknown;
  /** @throws Error unless the setting can have this value. */
  check(name: string, value: unknown): void;
}

/** One whose values have the type of its default, or of an example where it has none. */
export const setting = <T>(
  byDefault: T,
  fits: (value: T) => boolean,
  must: string,
  remedy?: string,
  example: unknown = byDefault,
): Setting => ({
  byDefault,
  check(name, value) {
    const isOfType = typeof value === typeof example;
    if (!isOfType || !fits(value as T)) refuse(name, value, must, remedy, isOfType);
  },
});

/** Names that other packages have for our settings. */
const otherNames = new Map([
  ['sync_period', 'k'],
  ['la_steps', 'k'],
  ['slow_step_size', 'alpha'],
  ['la_alpha', 'alpha'],
  ['weight_decay', 'weightDecay'],
  ['global_clipnorm', 'globalClipNorm'],
  ['clipnorm', 'clipNorm'],
  ['clipvalue', 'clipValue'],
]);

/**
 * The settings of a config, with defaults where it has none.
 *
 * @throws Error if the config has an unknown key or a value that does not fit.
 */
export function readTable<T>(table: Record<keyof T, Setting>, config: object): T {
  const names = Object.keys(table) as (keyof T)[];
  if (typeof config !== 'object' || config === null) {
    refuse('config', config, `an object with any of: ${names.join(', ')}`);
  }
  const given = new Map<unknown, unknown>(Object.entries(config));
  for (const key of given.keys()) {
    if (names.includes(key as keyof T)) continue;
    const ours = otherNames.get(key as string) as keyof T | undefined;
    const hint = ours && names.includes(ours) ? ` It is called '${String(ours)}' here.` : '';
    throw mistake(`'config' has an unknown key '${key}'.${hint} Known are: ${names.join(', ')}.`);
  }
  const settings = {} as T;
  for (const name of names) {
    const value = given.get(name);
    if (value !== undefined) table[name].check(name as string, value);
    settings[name] = (value ?? table[name].byDefault) as T[typeof name];
  }
  return settings;
}
