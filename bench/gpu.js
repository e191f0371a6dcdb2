/** Helpers for measurements on a GPU. */
import * as tf from '@tensorflow/tfjs-core';

export const onGPU = () => tf.getBackend().startsWith('webg');

/** A GPU works on after a call returns: its time ends when an element of the result can be read. */
export async function awaitGPU(tensor) {
  const first = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), 0, 1));
  await first.data();
  first.dispose();
}

export const finished = (tensor) => (onGPU() ? awaitGPU(tensor) : undefined);
