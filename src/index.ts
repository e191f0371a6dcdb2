export { fused, type StepPath, stepPath } from './fused.js';
export { type LerpPath, lerp, lerpPath } from './lerp.js';
export { Lookahead, type LookaheadConfig, type NamedTensor } from './lookahead.js';
export type { LookaheadOptimizerConfig } from './optimizer/config.js';
export type { PullbackMomentum } from './optimizer/momentum.js';
export { LookaheadOptimizer, lookahead } from './optimizer/optimizer.js';
