const { fround } = Math;

/**
 * `out[i] = start[i] + weight * (end[i] - start[i])`, each operation rounded to float32, as the SIMD kernel does it:
 * the plain form that every fast path must equal, and the one that runs where there is no WebAssembly.
 */
export function lerpLoop(out: Float32Array, start: ArrayLike<number>, end: ArrayLike<number>, weight: number): void {
  const w = fround(weight);
  for (let i = 0; i < out.length; ++i) {
    const s = start[i] as number;
    out[i] = s + fround(w * fround((end[i] as number) - s));
  }
}
