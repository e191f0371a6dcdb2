export { lerp } from './lerp.js';
export { Lookahead, type LookaheadConfig } from './lookahead.js';
