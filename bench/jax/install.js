/** Installs jax-js where it is asked for. */
import { readFileSync } from 'node:fs';
import { installPackages } from '../../tools/install-packages.js';

const folder = new URL('./', import.meta.url);

/** Its address in the repository. */
export const jaxModule = '/bench/jax/node_modules/@jax-js/jax/dist/index.js';

export async function installJax() {
  const text = (name) => readFileSync(new URL(name, folder), 'utf8');
  const files = { 'package.json': text('package.json'), 'package-lock.json': text('package-lock.json') };
  await installPackages({ folder, files, command: 'ci' });
}

/** @returns the trainer, once the module is installed. */
export async function loadTrainer() {
  await installJax();
  const { trainerOf } = await import('./trainer.js');
  return trainerOf(await import(new URL(`../..${jaxModule}`, import.meta.url)));
}
