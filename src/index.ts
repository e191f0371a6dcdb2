export { lerp } from './lerp.js';
export { Lookahead, type LookaheadConfig, type NamedTensor } from './lookahead.js';
