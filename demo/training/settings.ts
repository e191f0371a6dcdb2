import type { Controls } from '../page/controls.js';
import type { TrainerSettings } from './trainer.js';

/** What the optimizer's controls say, of which each section has a set. */
export function readTrainerSettings(controls: Controls): TrainerSettings {
  return {
    inner: controls.choice('inner'),
    learningRate: controls.number('learningRate'),
    k: controls.number('k'),
    alpha: controls.number('alpha'),
  };
}
