import { CodeBlock } from '../page/code-block.js';
import type { Controls } from '../page/controls.js';
import type { Player } from '../page/player.js';
import { codeOf } from './code.js';
import { readTrainerSettings } from './settings.js';

/**
 * Keeps the run and the code of a section as its controls say.
 *
 * @param configure gives the settings to a run that is under way. Only sliders can be moved meanwhile.
 */
export function connect(section: HTMLElement, controls: Controls, player: Player, configure: () => void): void {
  const code = new CodeBlock(section);
  const showCode = () => code.show(codeOf(readTrainerSettings(controls)));
  showCode();
  controls.onSlide(() => {
    showCode();
    player.adjust(configure);
  });
  controls.onChoose(() => {
    showCode();
    player.restart();
  });
}
