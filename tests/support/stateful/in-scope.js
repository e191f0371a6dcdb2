import { tf } from '../tf.js';

/** A tidy that may wait: what `fn` makes and nobody keeps is disposed. */
export async function inScope(fn) {
  tf.engine().startScope();
  try {
    return await fn();
  } finally {
    tf.engine().endScope();
  }
}
