/** Runs the suite in this process: `node tests/hosts/node.js [backend...]`, by default on cpu and wasm. */
const backends = process.argv.slice(2);
if (backends.length > 0) globalThis.TEST_HOST = { backends };

const { run } = await import('../suite.js');
await run();
