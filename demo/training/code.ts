import { innerOptimizers, optimizerCode, outerOptimizers } from './optimizers.js';
import type { TrainerSettings } from './settings.js';

/** A program that trains a small model with the optimizer which a section shows. */
export function codeOf({ inner, learningRate, k, alpha, outer, outerRate }: TrainerSettings): string {
  const slowStep = outer === 'none' ? `alpha: ${alpha}` : `outer: ${optimizerCode(outerOptimizers[outer], outerRate)}`;
  return [
    "import * as tf from '@tensorflow/tfjs';",
    "import { lookahead } from 'tfjs-lookahead';",
    '',
    `const optimizer = lookahead(${optimizerCode(innerOptimizers[inner], learningRate)}, { k: ${k}, ${slowStep} });`,
    'const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });',
    "model.compile({ optimizer, loss: 'meanSquaredError' });",
    'await model.fit(tf.tensor1d([-1, 0, 1]), tf.tensor1d([-1, 1, 3]), { epochs: 200 });',
    'optimizer.flush(); // now the model holds the slow weights',
  ].join('\n');
}
