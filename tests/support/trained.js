/** The result of the programs in tests/fixtures. */

/** By hand, see fixtures/train.js. The path shows that the embedded kernel came through a bundler and compiled. */
export const trainedBy = (path) => ({ path, asOptimizer: { fast: 8, slow: 4 }, inLoop: { fast: 8, slow: 4 } });
export const trained = trainedBy('wasm-simd');
