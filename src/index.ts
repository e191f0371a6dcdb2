export type { LerpPath } from './kernels/kernel.js';
export { lerp, lerpPath } from './lerp.js';
export { Lookahead, type LookaheadConfig, type NamedTensor } from './lookahead.js';
export { LookaheadOptimizer, type LookaheadOptimizerConfig, lookahead, type PullbackMomentum } from './optimizer.js';
