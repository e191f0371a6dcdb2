/** How the optimizers of tfjs step: with which rule, what they hold for it, and what a step leaves to count. */
import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  backend,
  getBackend,
  MomentumOptimizer,
  type Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { Scalar } from './update/backends/backend.js';
import { adadeltaRule } from './update/rules/adadelta.js';
import { adagradRule } from './update/rules/adagrad.js';
import { adamRule } from './update/rules/adam.js';
import { adamaxRule } from './update/rules/adamax.js';
import { momentumRule } from './update/rules/momentum.js';
import { momentumNesterovRule } from './update/rules/momentum-nesterov.js';
import { rmspropRule } from './update/rules/rmsprop.js';
import { rmspropCenteredRule } from './update/rules/rmsprop-centered.js';
import type { Rule } from './update/rules/rule.js';
import { sgdRule } from './update/rules/sgd.js';
import type { Counter } from './update/update.js';

/** A step of one optimizer, as the source of tfjs has it. */
export interface Step {
  readonly rule: Rule;
  /** For each state except the weight: the property of the optimizer that holds its slots, and their suffix. */
  readonly slots: Readonly<Record<string, readonly [property: string, suffix: string]>>;
  /** The value of a new slot. */
  readonly initial: number;
  /** The scalars of the rule, in its order. */
  scalars(): Scalar[];
  /** The counters that a step advances. */
  counters?(): Counter[];
}

/** The properties of tfjs's optimizers, which are protected there. */
interface Held {
  learningRate: number;
  c: Tensor;
  m: Tensor;
  useNesterov: boolean;
  decay: number;
  momentum: number;
  centered: boolean;
  beta1: number;
  beta2: number;
  epsilon: number;
  rho: number;
  accBeta1: Variable;
  accBeta2: Variable;
  iteration: Variable;
  initialAccumulatorValue: number;
}

const none = { slots: {}, initial: 0 };

const sgd = (held: Held): Step => ({ ...none, rule: sgdRule, scalars: () => [held.c] });

const momentum = (held: Held): Step => ({
  ...none,
  rule: held.useNesterov ? momentumNesterovRule : momentumRule,
  slots: { accumulation: ['accumulations', 'momentum'] },
  scalars: () => [held.m, held.c],
});

const rmsprop = (held: Held): Step => ({
  ...none,
  rule: held.centered ? rmspropCenteredRule : rmspropRule,
  slots: {
    meanSquare: ['accumulatedMeanSquares', 'rms'],
    moment: ['accumulatedMoments', 'momentum'],
    ...(held.centered && { meanGradient: ['accumulatedMeanGrads', 'mg'] as const }),
  },
  scalars: () => [held.decay, 1 - held.decay, held.learningRate, held.epsilon, held.momentum],
});

const adam = (held: Held): Step => ({
  ...none,
  rule: adamRule,
  slots: { firstMoment: ['accumulatedFirstMoment', 'm'], secondMoment: ['accumulatedSecondMoment', 'v'] },
  scalars() {
    const { beta1, beta2, accBeta1, accBeta2, epsilon, learningRate } = held;
    return [beta1, 1 - beta1, beta2, 1 - beta2, accBeta1, accBeta2, epsilon, -learningRate];
  },
  counters: () => [
    { variable: held.accBeta1, op: 'mul', by: held.beta1 },
    { variable: held.accBeta2, op: 'mul', by: held.beta2 },
  ],
});

const adamax = (held: Held): Step => ({
  ...none,
  rule: adamaxRule,
  slots: { firstMoment: ['accumulatedFirstMoment', 'm'], infinityNorm: ['accumulatedWeightedInfNorm', 'v'] },
  scalars() {
    const { beta1, beta2, accBeta1, iteration, decay, epsilon, learningRate } = held;
    // `maximum(0, NaN)` as the backend's op has it; those of a GPU do as they like.
    const maximumOfNaN = getBackend() === 'cpu' ? Number.NaN : 0;
    return [beta1, 1 - beta1, beta2, accBeta1, iteration, decay, epsilon, -learningRate, maximumOfNaN];
  },
  counters: () => [
    { variable: held.iteration, op: 'add', by: 1 },
    { variable: held.accBeta1, op: 'mul', by: held.beta1 },
  ],
});

const adagrad = (held: Held): Step => ({
  rule: adagradRule,
  slots: { accumulator: ['accumulatedGrads', 'accumulator'] },
  initial: held.initialAccumulatorValue,
  scalars: () => [backend().epsilon(), -held.learningRate],
});

const adadelta = (held: Held): Step => ({
  ...none,
  rule: adadeltaRule,
  slots: {
    accumulatedUpdate: ['accumulatedUpdates', 'accum_var'],
    accumulatedGradient: ['accumulatedGrads', 'accum_grad'],
  },
  scalars: () => [held.rho, 1 - held.rho, held.epsilon, -held.learningRate],
});

/**
 * By the function that steps, which an optimizer of the user's own may inherit, or replace. As it is when the package is
 * imported: what a program puts into a prototype of tfjs later is no step of tfjs.
 */
const steps = /*#__PURE__*/ (() =>
  new Map<Optimizer['applyGradients'], (held: Held) => Step>([
    [SGDOptimizer.prototype.applyGradients, sgd],
    [MomentumOptimizer.prototype.applyGradients, momentum],
    [RMSPropOptimizer.prototype.applyGradients, rmsprop],
    [AdamOptimizer.prototype.applyGradients, adam],
    [AdamaxOptimizer.prototype.applyGradients, adamax],
    [AdagradOptimizer.prototype.applyGradients, adagrad],
    [AdadeltaOptimizer.prototype.applyGradients, adadelta],
  ]))();

/** The `applyGradients` of the optimizer's class, beneath one that the optimizer itself may have. */
export const stepOfClass = (optimizer: Optimizer): Optimizer['applyGradients'] =>
  Object.getPrototypeOf(optimizer).applyGradients;

/** The step that an optimizer's class takes, as its options are now; null if it is not one of tfjs's own. */
export const stepOf = (optimizer: Optimizer): Step | null =>
  steps.get(stepOfClass(optimizer))?.(optimizer as unknown as Held) ?? null;
