import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threads from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgpu';

setWasmPaths({
  'tfjs-backend-wasm.wasm': wasm,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threads,
});

async function hasGpuAdapter(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  return Boolean(await gpu?.requestAdapter());
}

/** For each backend, whether this browser has it. */
export const backends = {
  wasm: async () => true,
  cpu: async () => true,
  webgl: async () => tf.env().getNumber('WEBGL_VERSION') > 0,
  webgpu: () => hasGpuAdapter().catch(() => false),
};

export type BackendName = keyof typeof backends;

/** The parts of a backend that the browser can take away: the WebGL context, or the WebGPU device. */
interface GpuBackend {
  gpgpu?: { gl: { canvas: EventTarget } };
  device?: { lost: Promise<unknown> };
}

/** Nothing else reports it: reading from a lost GPU waits for ever. */
const tellLoss = () => reportError(new Error('The browser took the GPU away. Reload the page.'));

export async function useBackend(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`The backend '${name}' does not start in this browser.`);
  const { gpgpu, device } = tf.backend() as GpuBackend;
  gpgpu?.gl.canvas.addEventListener('webglcontextlost', tellLoss);
  device?.lost.then(tellLoss);
}
