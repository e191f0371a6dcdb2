/** The settings of an optimizer of this package: what each has to be. */
import { refuse } from '../base/errors.js';
import { type Setting, setting } from '../base/settings.js';
import { type ClippingSettings, clippingSettings } from '../clip.js';

/** As they are in use. */
export interface Settings extends ClippingSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  weightDecay: number;
  readonly exclude: readonly string[];
}

const rangeOf: Readonly<Record<string, [fits: (value: number) => boolean, must: string]>> = {
  learningRate: [Number.isFinite, 'a finite number'],
  beta1: [(beta) => beta >= 0 && beta < 1, 'a number in [0, 1)'],
  beta2: [(beta) => beta >= 0 && beta < 1, 'a number in [0, 1)'],
};

/** @param byDefault of a setting that is a number. */
export const numberSetting = (name: string, byDefault: number): Setting =>
  setting(
    byDefault,
    ...(rangeOf[name] ?? [(value: number) => Number.isFinite(value) && value >= 0, 'a finite number of at least 0']),
  );

/** All but the learning rate, which is an argument of its own. */
export const tableOf = ({ learningRate: _, ...numbers }: Readonly<Record<string, number>>) =>
  ({
    ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, numberSetting(name, value)])),
    exclude: {
      byDefault: [],
      check(name, value) {
        const isList = Array.isArray(value);
        if (isList && value.every((part) => typeof part === 'string' && comparable(part) !== '')) return;
        refuse(name, value, "an array of parts of names of variables, such as ['bias']", '', isList);
      },
    },
    ...clippingSettings,
  }) as Record<keyof Settings, Setting>;

/** A name without what saving a model changes in the strings of a config: capital letters, and underscores. */
export const comparable = (name: string): string => name.toLowerCase().replaceAll('_', '');
