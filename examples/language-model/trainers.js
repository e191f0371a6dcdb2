/** The ways to step the weights of a model: plain TensorFlow.js, the same made faster, and Lookahead around that. */
import * as tf from '@tensorflow/tfjs';
import { fused, lookahead } from 'tfjs-lookahead';

/**
 * `hasKernels` says whether the training kernels are registered for its steps. A trainer lends out the weights that the
 * model is to be used with: `withSlowWeights`.
 */
const trainer = (optimizer, settings) => ({
  withSlowWeights: (fn) => fn(),
  minimize: (loss) => optimizer.minimize(loss, true),
  dispose: () => optimizer.dispose(),
  ...settings,
});

/** @param options.lr the learning rate of Adam. In Lookahead it is twice as high. */
export const makeTrainers = ({ lr, k, alpha }) => [
  () => trainer(tf.train.adam(lr), { name: 'Adam', lr, hasKernels: false }),
  () => trainer(fused(tf.train.adam(lr)), { name: 'Faster Adam', lr, hasKernels: true }),
  () => {
    const optimizer = lookahead(tf.train.adam(2 * lr), { k, alpha });
    const withSlowWeights = (fn) => optimizer.withSlowWeights(fn);
    return trainer(optimizer, { name: 'Lookahead', lr: 2 * lr, hasKernels: true, withSlowWeights });
  },
];
