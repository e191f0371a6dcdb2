import type { Optimizer } from '@tensorflow/tfjs-core';
import { describe } from '../checks.js';

/** Every optimizer of tfjs has it as a property; only SGD and Momentum have a method to set it, too. */
type WithRate = { learningRate: number; setLearningRate?(learningRate: number): void };

export const learningRateOf = (inner: Optimizer): number => (inner as unknown as WithRate).learningRate;

/** @throws Error unless the rate is a finite number. */
export function setLearningRate(where: string, optimizer: Optimizer, learningRate: number): void {
  if (!Number.isFinite(learningRate)) {
    throw new Error(`${where}: 'learningRate' is ${describe(learningRate)}, but must be a finite number.`);
  }
  const inner = optimizer as unknown as WithRate;
  // SGD and Momentum keep a tensor made from the rate, which a mere assignment would leave as it was.
  if (inner.setLearningRate) inner.setLearningRate(learningRate);
  else inner.learningRate = learningRate;
}
