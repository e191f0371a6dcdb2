import type { KernelBackend } from '@tensorflow/tfjs-core';

/**
 * Makes something once for each instance of a backend: there is a new one after `tf.removeBackend`.
 *
 * @param make may return null, where the instance, which may be of any version, lacks something.
 */
export function oncePerBackend<T>(make: (backend: KernelBackend) => T): (backend: KernelBackend) => T {
  const made = new WeakMap<KernelBackend, T>();
  return (backend) => {
    let found = made.get(backend);
    if (found === undefined) {
      found = make(backend);
      made.set(backend, found);
    }
    return found;
  };
}
