import type { Controls } from '../page/controls.js';
import type { InnerOptimizer, OuterOptimizer } from './optimizers.js';

export interface TrainerSettings {
  inner: InnerOptimizer;
  learningRate: number;
  k: number;
  /** Without effect if there is an outer optimizer. */
  alpha: number;
  outer: OuterOptimizer | 'none';
  outerRate: number;
}

/** The settings of an optimizer's controls. Each section has its own. */
export function readTrainerSettings(controls: Controls): TrainerSettings {
  return {
    inner: controls.choice('inner'),
    learningRate: controls.number('learningRate'),
    k: controls.number('k'),
    alpha: controls.number('alpha'),
    outer: controls.choice('outer'),
    outerRate: controls.number('outerRate'),
  };
}

/** The rate of SlowMo for heavy ball, and of DiLoCo for Nesterov. SGD's is the usual alpha. */
const outerRates: Record<OuterOptimizer, number> = { sgd: 0.5, heavyBall: 1, nesterov: 0.7, adam: 0.3 };

export function suggestOuterRate(controls: Controls): Record<string, number> {
  const { outer } = readTrainerSettings(controls);
  return outer === 'none' ? {} : { outerRate: outerRates[outer] };
}
