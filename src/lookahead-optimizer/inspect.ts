import type { Optimizer } from '@tensorflow/tfjs-core';
import { classNameOf } from '../state/classes.js';
import { learningRateOf } from './hyperparameters.js';
import type { LookaheadOptimizer } from './optimizer.js';

const nameOf = (optimizer: Optimizer) =>
  classNameOf(optimizer) === 'Lookahead'
    ? optimizer
    : `${classNameOf(optimizer)}, learningRate ${learningRateOf(optimizer)}`;

/** The main settings of an optimizer and what is inside it, as `console.log` and `console.dir` of Node show them. */
function inspect(
  this: LookaheadOptimizer,
  depth: number,
  options: object,
  format: (value: object, options: object) => string,
): string {
  const { inner, k, outer, alpha, restart, clipping, iterations, stepsInCycle } = this;
  const slowStep = outer ? { outer: nameOf(outer) } : { alpha };
  const shown = { inner: nameOf(inner), k, ...slowStep, restart, ...clipping, iterations, stepsInCycle };
  return `${this.getClassName()} ${format(shown, { ...options, depth })}`;
}

/** Not a member of the class, since bundlers keep a class whose body makes a call. */
export function makeInspectable(prototype: LookaheadOptimizer): void {
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), { value: inspect });
}
