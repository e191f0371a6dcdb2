/** The settings of an optimizer of this package: what each has to be. */
import { refuse } from '../base/errors.js';
import { comparable, type Setting } from '../base/settings-table.js';
import { type ClippingSettings, clipSettings } from '../clip.js';

/** The settings as they are in use. */
export interface Settings extends ClippingSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  weightDecay: number;
  readonly exclude: readonly string[];
}

const beta = { fits: (value: number) => value >= 0 && value < 1, must: 'a number in [0, 1)' };
const ranges: Readonly<Record<string, Pick<Setting, 'fits' | 'must'>>> = {
  learningRate: { fits: Number.isFinite, must: 'a finite number' },
  beta1: beta,
  beta2: beta,
};
const atLeast0 = {
  fits: (value: number) => Number.isFinite(value) && value >= 0,
  must: 'a finite number of at least 0',
};

/** A setting that is a number. */
export const numberSetting = (name: string, byDefault: number): Setting => ({
  ...(ranges[name] ?? atLeast0),
  byDefault,
});

/** The table of all settings but the learning rate, which is an argument of its own. */
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
    ...clipSettings,
  }) as Record<keyof Settings, Setting>;
