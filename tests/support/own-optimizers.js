/** The package's own optimizers, and their equations in plain JavaScript, in doubles: written against the papers and Keras. */
import { adamW, lion, nadam, radam } from 'tfjs-lookahead';

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];

/** The corrected moments of Adam after `step` steps. */
function moments(state, g, step) {
  state.m = beta1 * (state.m ?? 0) + (1 - beta1) * g;
  state.v = beta2 * (state.v ?? 0) + (1 - beta2) * g * g;
  return [state.m / (1 - beta1 ** step), Math.sqrt(state.v / (1 - beta2 ** step)) + epsilon];
}

/**
 * For each: `make`, with a rate and perhaps other settings, and `direction`, where a step of this goes, of one element.
 * `state` is an object of the caller's, `step` counts from 1.
 */
export const ownOptimizers = {
  AdamW: {
    make: adamW,
    direction(state, g, step) {
      const [m, root] = moments(state, g, step);
      return m / root;
    },
  },
  RAdam: {
    make: radam,
    direction(state, g, step) {
      const [m, root] = moments(state, g, step);
      const most = 2 / (1 - beta2) - 1;
      const length = most - (2 * step * beta2 ** step) / (1 - beta2 ** step);
      if (length < 5) return m;
      return (m * Math.sqrt(((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length))) / root;
    },
  },
  NAdam: {
    make: nadam,
    direction(state, g, step) {
      const momentum = (at) => beta1 * (1 - 0.5 * 0.96 ** at);
      state.product = (state.product ?? 1) * momentum(step);
      moments(state, g, step);
      const ahead =
        (momentum(step + 1) * state.m) / (1 - state.product * momentum(step + 1)) +
        ((1 - momentum(step)) * g) / (1 - state.product);
      return ahead / (Math.sqrt(state.v / (1 - beta2 ** step)) + epsilon);
    },
  },
  Lion: {
    make: lion,
    direction(state, g) {
      const m = state.m ?? 0;
      state.m = 0.99 * m + 0.01 * g;
      return Math.sign(0.9 * m + 0.1 * g);
    },
  },
};
