export { AdamW, adamW } from './adamw.js';
export { Lion, lion } from './lion.js';
export { NAdam, nadam } from './nadam.js';
export { RAdam, radam } from './radam.js';
