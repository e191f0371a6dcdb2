import modules from '../../../build/lerp.wasm';
import type { Rule } from './rule.js';

const { fround } = Math;

/** Linear interpolation, `start += weight * (end - start)`: the merge of Lookahead, Algorithm 1 of arXiv 1907.08610. */
export const lerpRule: Rule = {
  name: 'lerp',
  states: ['start'],
  input: 'end',
  scalars: ['weight'],
  modules,
  expressions: ['start + weight * (end - start)'],
  loop(outs, statesAndInput, [weight]) {
    const [out] = outs as [Float32Array];
    const [start, end] = statesAndInput as [Float32Array, Float32Array];
    const w = fround(weight as number);
    for (let i = 0; i < out.length; ++i) {
      const s = start[i] as number;
      out[i] = s + fround(w * fround((end[i] as number) - s));
    }
  },
};
