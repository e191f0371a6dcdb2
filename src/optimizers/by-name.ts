import { type Optimizer, train } from '@tensorflow/tfjs-core';
import { refuse } from '../base/errors.js';
import { declaredMakers } from '../state/own-optimizers.js';
import type * as own from './index.js';

/** The names that `model.compile` of tfjs-layers takes, with its rates. */
const byName = new Map<string, () => Optimizer>([
  ['sgd', () => train.sgd(0.01)],
  ['rmsprop', () => train.rmsprop(0.001, 0.9, 0)],
  ['adam', () => train.adam(0.001)],
  ['adamax', () => train.adamax(0.002)],
  ['adagrad', () => train.adagrad(0.01)],
  ['adadelta', () => train.adadelta(1)],
]);

/**
 * A name of an optimizer: one that `model.compile` takes, or that of an optimizer of this package, in small letters. Capital
 * letters do not matter.
 *
 * @example
 * const name: OptimizerName = 'adamw';
 */
export type OptimizerName =
  | 'sgd'
  | 'rmsprop'
  | 'adam'
  | 'adamax'
  | 'adagrad'
  | 'adadelta'
  | Lowercase<keyof typeof own>
  | (string & {});

/**
 * Makes an optimizer with its default settings.
 *
 * @param argument what the name was given as.
 * @throws Error if there is no optimizer of this name.
 */
export function optimizerByName(argument: string, name: string): Optimizer {
  const make = byName.get(name.toLowerCase()) ?? declaredMakers.get(name.toLowerCase());
  if (make) return make();
  const names = [...byName.keys(), ...declaredMakers.keys()].join(', ');
  const remedy =
    'A bundle has the optimizers of tfjs-lookahead that the program imports, and no others: pass adamW(), not its name.';
  return refuse(argument, name, `a tf.Optimizer, or one of the names ${names}`, remedy, true);
}
