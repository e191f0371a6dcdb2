export { fused, type StepPath, stepPath } from './fused.js';
export { registerTrainingKernels, unregisterTrainingKernels } from './kernels/register.js';
export { type LerpPath, lerp, lerpPath } from './lerp.js';
export { Lookahead, type LookaheadConfig } from './lookahead.js';
export type { NamedTensor } from './named-tensor.js';
export type { LookaheadOptimizerConfig } from './optimizer/config.js';
export type { PullbackMomentum } from './optimizer/momentum.js';
export type { NonFinite } from './optimizer/non-finite.js';
export { LookaheadOptimizer, lookahead } from './optimizer/wrap.js';
