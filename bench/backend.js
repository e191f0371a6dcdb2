import * as tf from '@tensorflow/tfjs-core';

export async function use(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`The backend '${backend}' did not start.`);
  // Small tensors that were never on the GPU would be computed on the CPU; those that training leaves are on the GPU.
  for (const flag of ['WEBGL_CPU_FORWARD', 'WEBGPU_CPU_FORWARD']) {
    if (flag in tf.env().flagRegistry) tf.env().set(flag, false);
  }
}

/** The measurements of every item on every backend, whose rows begin with the backend. */
export const onEach = (backends, items, measure) =>
  backends.flatMap((backend) =>
    items.map((item) => async () => {
      await use(backend);
      return { backend, ...(await measure(item)) };
    }),
  );
