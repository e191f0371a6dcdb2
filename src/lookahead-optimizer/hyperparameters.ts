import { Optimizer } from '@tensorflow/tfjs-core';
import { refuse } from '../base/errors.js';

/** Every optimizer of tfjs has it as a property; only SGD and Momentum have a method to set it, too. */
type WithRate = { learningRate: number; setLearningRate?(learningRate: number): void };

export const learningRateOf = (inner: Optimizer): number => (inner as unknown as WithRate).learningRate;

/** @throws Error unless the rate is a finite number. */
export function setLearningRate(optimizer: Optimizer, learningRate: number): void {
  if (!Number.isFinite(learningRate)) {
    refuse('learningRate', learningRate, 'a finite number', '', typeof learningRate === 'number');
  }
  const inner = optimizer as unknown as WithRate;
  // SGD and Momentum keep a tensor made from the rate, which a mere assignment would leave as it was.
  if (inner.setLearningRate) inner.setLearningRate(learningRate);
  else inner.learningRate = learningRate;
}

/**
 * Makes the hyperparameters of an inner optimizer (`beta1`, `epsilon`, `weightDecay`) readable and assignable on the
 * optimizer around it, which a program holds in its place. Only names that the inner optimizer has by now, and `around`
 * does not; its state, which is no plain value, is left out. Not enumerable, since the values belong to the inner one.
 */
export function passOn(around: Optimizer, inner: Optimizer): void {
  for (const [name, { value, get, set }] of propertiesWithin(inner)) {
    const isPlain = get || set || (typeof value !== 'function' && Object(value) !== value);
    if (!isPlain || name in around) continue;
    Object.defineProperty(around, name, {
      configurable: true,
      get: () => Reflect.get(inner, name),
      ...((set || !get) && { set: (changed) => Reflect.set(inner, name, changed) }),
    });
  }
}

/** The properties of an optimizer and of its classes, down to the base class of all optimizers. */
function propertiesWithin(optimizer: Optimizer): [string, PropertyDescriptor][] {
  const found: [string, PropertyDescriptor][] = [];
  for (let each = optimizer; each && each !== Optimizer.prototype; each = Object.getPrototypeOf(each)) {
    found.push(...Object.entries(Object.getOwnPropertyDescriptors(each)));
  }
  return found;
}
