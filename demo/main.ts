import * as tf from '@tensorflow/tfjs';
import { networkSection } from './network/section.js';
import { type BackendName, backends, useBackend } from './page/backends.js';
import { findIn } from './page/dom.js';
import { describeError, tellUncaughtErrors } from './page/errors.js';
import { addRepositoryLink } from './page/links.js';
import { onceSeen } from './page/seen.js';
import { surfaceSection } from './surface/section.js';

const find = <T extends HTMLElement>(selector: string) => findIn<T>(document, selector);
const alert = find('#page-alert');
tellUncaughtErrors(alert);

const surface = surfaceSection(find('#surface'));
const network = networkSection(find('#network'));
const players = [surface, network];
surface.onPlay = () => network.pause();
network.onPlay = () => surface.pause();

const fieldset = find('#backend');
const choices = document.querySelectorAll<HTMLInputElement>('input[name=backend]');

async function useBackendOrCpu(name: BackendName): Promise<void> {
  alert.textContent = '';
  try {
    await useBackend(name);
  } catch (error) {
    alert.textContent = `${describeError(error)} So cpu it is.`;
    await useBackend('cpu');
  }
  for (const choice of choices) choice.checked = choice.value === tf.getBackend();
}

/**
 * No tensor may exist meanwhile, because some browsers cannot move tensors from one backend to another. It never
 * rejects, because the players report what fails.
 */
async function switchBackend(name: BackendName): Promise<void> {
  fieldset.ariaBusy = 'true';
  const playing = players.find((player) => player.isPlaying);
  const closed = Promise.all(players.map((player) => player.close()));
  const ready = closed.then(() => useBackendOrCpu(name));
  const rebuilt = Promise.all(players.map((player) => player.reset(ready)));
  playing?.play();
  await rebuilt;
  fieldset.ariaBusy = 'false';
}

let switching = switchBackend('wasm');
onceSeen(find('#surface .map'), () => {
  if (!network.isPlaying) surface.present();
});
addRepositoryLink(find('nav'));

find('#version').textContent = tf.version.tfjs;

setInterval(() => {
  // Not tf.memory(), which also asks the backend, and throws while a backend is being set up.
  const { numTensors, numBytes } = tf.engine().state;
  find('#tensors').textContent = String(numTensors);
  find('#bytes').textContent = String(numBytes);
}, 250);

for (const choice of choices) {
  const name = choice.value as BackendName;
  choice.disabled = !(await backends[name]());
  choice.addEventListener('change', () => {
    switching = switching.then(() => switchBackend(name));
  });
}
