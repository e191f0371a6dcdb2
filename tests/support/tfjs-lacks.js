/** Features at which an old TensorFlow.js fails by itself, without this package, and which cannot be tested there. */
import { tf } from './tf.js';

/** The first version that can. */
const since = {
  // It starts from tf.fill(shape, value), and until then the Fill of wasm had no default dtype: "Unknown dtype undefined".
  'Adagrad on wasm': '4.3.0',
  // Until then, except for arithmetic of float32: "Broadcasting along outer dims is not yet supported". The output is
  // left over.
  'a broadcast of any dtype on wasm': '3.12.0',
  // Until then, all but the first product of a matrix with a batch are what was in memory. The oldest loses dimensions
  // of size 1.
  'products of batches of different shapes on wasm': '4.2.0',
  // Until then its loader takes such a Node (18 and later) for a browser, and fetches a path: "Failed to parse URL".
  'wasm in a Node that has fetch': '3.21.0',
};

export function tfjsLacks(feature) {
  return feature in since && isOlder(tf.version_core, since[feature]);
}

function isOlder(version, other) {
  const [a, b] = [version, other].map((text) => text.split('.').map(Number.parseFloat));
  const i = a.findIndex((number, i) => number !== b[i]);
  return i >= 0 && a[i] < b[i];
}
