/** The browser's backends, and the features of WebAssembly in this page. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';

const candidates = ['wasm', 'cpu', 'webgl', 'webgpu'];

const starts = (backend) => tf.setBackend(backend).catch(() => false);

/** @returns whether each backend starts here, by name. */
export async function findBackends(wasmPath) {
  tf.env().set('PROD', true);
  setWasmPaths(wasmPath);
  const found = {};
  for (const backend of candidates) found[backend] = await starts(backend);
  return found;
}

/** Call it after {@link findBackends}. */
export async function describeBrowser() {
  const { wasm } = tf.findBackend('wasm') ?? {};
  const memory = wasm?.asm?.memory ?? wasm?.wasmMemory;
  return {
    engine: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    simd: await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'),
    threads: memory !== undefined && !(memory.buffer instanceof ArrayBuffer),
    isolated: globalThis.crossOriginIsolated,
  };
}

export const versions = { tfjs: tf.version_core };
