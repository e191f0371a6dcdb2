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
import { counting, type Update } from './update/update.js';

/** The properties of tfjs's optimizers, which are protected there. */
export interface Held {
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

/**
 * How an optimizer steps, as the source of tfjs has it: made once, since every step asks for it, and of plain objects,
 * which every bundler leaves out where they are not used.
 */
export interface Step {
  readonly rule: Rule;
  /** For each state except the weight: the property of the optimizer that holds its slots, and their suffix. */
  readonly slots: Readonly<Record<string, readonly [property: string, suffix: string]>>;
  /** The value of a new slot; 0 if there is none. */
  initial?(held: Held): number;
  /** The scalars of the rule, in its order. */
  scalars(held: Held): Scalar[];
  /** Updates of what a step counts, such as the powers of Adam's betas. */
  counters?(held: Held): Update[];
}

const sgd: Step = { rule: sgdRule, slots: {}, scalars: ({ c }) => [c] };

const momentumSlots = { accumulation: ['accumulations', 'momentum'] } as const;
const momentumScalars = ({ m, c }: Held) => [m, c];
const momentum: Step = { rule: momentumRule, slots: momentumSlots, scalars: momentumScalars };
const momentumNesterov: Step = { rule: momentumNesterovRule, slots: momentumSlots, scalars: momentumScalars };

const rmspropSlots = {
  meanSquare: ['accumulatedMeanSquares', 'rms'],
  moment: ['accumulatedMoments', 'momentum'],
  meanGradient: ['accumulatedMeanGrads', 'mg'],
} as const;
const rmspropScalars = ({ decay, learningRate, epsilon, momentum }: Held) => [
  decay,
  1 - decay,
  learningRate,
  epsilon,
  momentum,
];
const rmsprop: Step = { rule: rmspropRule, slots: rmspropSlots, scalars: rmspropScalars };
const rmspropCentered: Step = { rule: rmspropCenteredRule, slots: rmspropSlots, scalars: rmspropScalars };

const adam: Step = {
  rule: adamRule,
  slots: { firstMoment: ['accumulatedFirstMoment', 'm'], secondMoment: ['accumulatedSecondMoment', 'v'] },
  scalars: ({ beta1, beta2, accBeta1, accBeta2, epsilon, learningRate }) => [
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    accBeta1,
    accBeta2,
    epsilon,
    -learningRate,
  ],
  counters: ({ accBeta1, accBeta2, beta1, beta2 }) => [counting(accBeta1, beta1, 0), counting(accBeta2, beta2, 0)],
};

const adamax: Step = {
  rule: adamaxRule,
  slots: { firstMoment: ['accumulatedFirstMoment', 'm'], infinityNorm: ['accumulatedWeightedInfNorm', 'v'] },
  scalars({ beta1, beta2, accBeta1, iteration, decay, epsilon, learningRate }) {
    // `maximum(0, NaN)` as the backend's op has it; those of a GPU do as they like.
    const maximumOfNaN = getBackend() === 'cpu' ? Number.NaN : 0;
    return [beta1, 1 - beta1, beta2, accBeta1, iteration, decay, epsilon, -learningRate, maximumOfNaN];
  },
  counters: ({ iteration, accBeta1, beta1 }) => [counting(iteration, 1, 1), counting(accBeta1, beta1, 0)],
};

const adagrad: Step = {
  rule: adagradRule,
  slots: { accumulator: ['accumulatedGrads', 'accumulator'] },
  initial: ({ initialAccumulatorValue }) => initialAccumulatorValue,
  scalars: ({ learningRate }) => [backend().epsilon(), -learningRate],
};

const adadelta: Step = {
  rule: adadeltaRule,
  slots: {
    accumulatedUpdate: ['accumulatedUpdates', 'accum_var'],
    accumulatedGradient: ['accumulatedGrads', 'accum_grad'],
  },
  scalars: ({ rho, epsilon, learningRate }) => [rho, 1 - rho, epsilon, -learningRate],
};

/**
 * By the function that steps, which an optimizer of the user's own may inherit, or replace. As it is when the package is
 * imported: what a program puts into a prototype of tfjs later is no step of tfjs.
 */
const steps = /*#__PURE__*/ (() =>
  new Map<Optimizer['applyGradients'], (held: Held) => Step>([
    [SGDOptimizer.prototype.applyGradients, () => sgd],
    [MomentumOptimizer.prototype.applyGradients, ({ useNesterov }) => (useNesterov ? momentumNesterov : momentum)],
    [RMSPropOptimizer.prototype.applyGradients, ({ centered }) => (centered ? rmspropCentered : rmsprop)],
    [AdamOptimizer.prototype.applyGradients, () => adam],
    [AdamaxOptimizer.prototype.applyGradients, () => adamax],
    [AdagradOptimizer.prototype.applyGradients, () => adagrad],
    [AdadeltaOptimizer.prototype.applyGradients, () => adadelta],
  ]))();

/** The `applyGradients` of the optimizer's class, beneath one that the optimizer itself may have. */
export const stepOfClass = (optimizer: Optimizer): Optimizer['applyGradients'] =>
  Object.getPrototypeOf(optimizer).applyGradients;

export const heldBy = (optimizer: Optimizer): Held => optimizer as unknown as Held;

/** The step that an optimizer's class takes, as its options are now; null if it is not one of tfjs's own. */
export const stepOf = (optimizer: Optimizer): Step | null =>
  steps.get(stepOfClass(optimizer))?.(heldBy(optimizer)) ?? null;
