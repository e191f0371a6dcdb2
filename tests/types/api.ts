/** Checked by the compiler against the built declarations, never run: what a user may write, and what must not compile. */
import type { LayersModel } from '@tensorflow/tfjs';
import {
  io,
  type Optimizer,
  type Rank,
  type Tensor,
  type Tensor1D,
  train,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  AdamW,
  adamW,
  fused,
  Lookahead,
  type LookaheadConfig,
  LookaheadOptimizer,
  type LookaheadOptimizerConfig,
  lerp,
  lion,
  type NamedTensor,
  type PullbackMomentum,
  lookahead as wrap,
} from 'tfjs-lookahead';

declare const model: LayersModel;
declare const vector: Tensor1D;

const config: LookaheadConfig = { k: 5, alpha: 0.5 };
const lookahead = new Lookahead(model.getWeights(true), config);
new Lookahead([variable(zeros([2]))]);
new Lookahead([variable(zeros([2]))], { k: 6 });
// @ts-expect-error the key is k
new Lookahead([], { K: 5 });
// @ts-expect-error a number
new Lookahead([], { alpha: '0.5' });
// @ts-expect-error an array
new Lookahead(variable(zeros([2])));

new Lookahead([variable(zeros([2]))], { k: Number.POSITIVE_INFINITY, restart: false });
const withOuter = new Lookahead([variable(zeros([2]))], { outer: train.momentum(0.7, 0.9, true) });
export const outer: Optimizer | null = withOuter.outer;
export const restart: boolean = withOuter.restart;
withOuter.adopt();
// @ts-expect-error an optimizer, not a name
new Lookahead([], { outer: 'sgd' });
// @ts-expect-error true or false
new Lookahead([], { restart: 'no' });
// @ts-expect-error fixed at construction
withOuter.outer = train.sgd(1);
// @ts-expect-error fixed at construction
withOuter.restart = false;

lookahead.k = 10;
lookahead.alpha = 0.8;
// @ts-expect-error counted, not set
lookahead.step = 3;
// @ts-expect-error fixed at construction
lookahead.variables = [];

export const merged: boolean = lookahead.sync();
export const slow: Variable[] = lookahead.slowWeights;
export const fast: Variable[] = lookahead.variables;
export const returned: number = lookahead.withSlowWeights(() => 1);
export const promised: Promise<number> = lookahead.withSlowWeights(async () => 1);

const weights: NamedTensor[] = lookahead.getWeights();
lookahead.setWeights(weights);
export const encoded = io.encodeWeights(weights);

export const same: Tensor<Rank.R1> = lerp(vector, vector, 0.5);
// @ts-expect-error a number
lerp(vector, vector, vector);

const optimizer: LookaheadOptimizer = wrap(train.adam(1e-3), { k: 5, alpha: 0.5, pullbackMomentum: 'reset' });
export const asOptimizer: Optimizer = optimizer;
model.compile({ optimizer: wrap(train.sgd(0.1)), loss: 'meanSquaredError' });
export const named: Optimizer = wrap('adam');
export const nested: Optimizer = wrap(wrap(train.sgd(0.1)));
const pullbackMomentum: PullbackMomentum = 'pullback';
export const optimizerConfig: LookaheadOptimizerConfig = { pullbackMomentum };
// @ts-expect-error the key is alpha
wrap(train.adam(1e-3), { aplha: 0.5 });
// @ts-expect-error one of three
wrap(train.adam(1e-3), { pullbackMomentum: 'rest' });
// @ts-expect-error an optimizer, or a name
wrap(5);
// @ts-expect-error fixed at construction
optimizer.pullbackMomentum = 'none';

optimizer.learningRate = 0.1;
optimizer.k = 10;
export const rate: number = optimizer.learningRate;
export const iterations: number = optimizer.iterations;
export const slowOfOptimizer: Variable[] = optimizer.slowWeights;
export const evaluated: Promise<number> = optimizer.withSlowWeights(async () => 1);
export const outside: Optimizer | null = wrap('adam', { outer: wrap(train.sgd(0.5)) }).outer;
wrap('adam', { outer: train.sgd(0.7), restart: false, k: Number.POSITIVE_INFINITY });
export const outerByName: Optimizer | null = wrap('adamw', { outer: 'sgd', globalClipNorm: 1 }).outer;
// @ts-expect-error a number
wrap('adamw', { clipNorm: '1' });
export const decay: number = adamW(1e-3, { weightDecay: 0.1, exclude: ['bias'] }).weightDecay;
export const ofClass: AdamW = new AdamW(1e-3, { beta1: 0.5 });
export class OwnAdamW extends AdamW {}
// @ts-expect-error Lion has none
lion(1e-4, { epsilon: 1e-7 });
export const fusedByName: Optimizer = fused('adam');
// @ts-expect-error fixed at construction
optimizer.outer = null;
export const inCycle: number = optimizer.stepsInCycle;
optimizer.adopt();
optimizer.flush();
optimizer.add(model.getWeights(true));
export class Derived extends LookaheadOptimizer {}
// @ts-expect-error internal
lookahead.checkReady('here');
