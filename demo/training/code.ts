import { innerOptimizers, optimizerCode, outerOptimizers } from './optimizers.js';
import type { TrainerSettings } from './settings.js';

/** Three lines that make the optimizer which a section shows. */
export function codeOf({ inner, learningRate, k, alpha, outer, outerRate }: TrainerSettings): string {
  const slowStep = outer === 'none' ? `alpha: ${alpha}` : `outer: ${optimizerCode(outerOptimizers[outer], outerRate)}`;
  return [
    "import * as tf from '@tensorflow/tfjs';",
    "import { lookahead } from 'tfjs-lookahead';",
    `const optimizer = lookahead(${optimizerCode(innerOptimizers[inner], learningRate)}, { k: ${k}, ${slowStep} });`,
  ].join('\n');
}
