/**
 * Runs the suite in the JavaScript runtime that executes this file, be it Node, Bun or Deno:
 * `node tests/hosts/this-process.js [backend...]`, by default on cpu and wasm.
 */
const { Bun, Deno } = globalThis;
const runtime = Bun ? `Bun ${Bun.version}` : Deno ? `Deno ${Deno.version.deno}` : `Node ${process.versions.node}`;
console.log(`version: ${runtime}`);

const backends = process.argv.slice(2);
if (backends.length > 0) globalThis.TEST_HOST = { backends };

const { run } = await import('../suite.js');
await run();
