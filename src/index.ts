export type { NamedTensor } from './base/named-tensor.js';
export { fused, type StepPath, stepPath } from './fused.js';
export { registerTrainingKernels, unregisterTrainingKernels } from './kernels/register.js';
export { type LerpPath, lerp, lerpPath } from './lerp.js';
export { Lookahead } from './lookahead.js';
export { LookaheadOptimizer, lookahead } from './optimizer/wrap.js';
export type { LookaheadConfig, LookaheadOptimizerConfig, NonFinite, PullbackMomentum } from './settings.js';
