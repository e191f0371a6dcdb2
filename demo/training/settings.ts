import type { Controls } from '../page/controls.js';
import type { TrainerSettings } from './trainer.js';

/** The settings of an optimizer's controls. Each section has its own. */
export function readTrainerSettings(controls: Controls): TrainerSettings {
  return {
    inner: controls.choice('inner'),
    learningRate: controls.number('learningRate'),
    k: controls.number('k'),
    alpha: controls.number('alpha'),
  };
}
