import { brief } from './tf.js';

/** How often a test repeats: `many` times in the host that is thorough, in all others a tenth, for they need each call once. */
export const aPartOf = (many) => (brief ? Math.ceil(many / 10) : many);
