import { brief } from './tf.js';

/** How often a test repeats: `many` times in the thorough host, a tenth in others, which need each call once. */
export const aPartOf = (many) => (brief ? Math.ceil(many / 10) : many);
