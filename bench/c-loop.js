import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The same path from this file and from the bundle in dist/.
const source = fileURLToPath(new URL('../bench/loop.c', import.meta.url));

const flags = ['-O3', '-march=native', '-ffp-contract=off'];

/**
 * Limits the compiler to registers as wide as WebAssembly's. Compilers for machines without wider ones do not know the
 * flag.
 */
export const sixteenBytes = '-mprefer-vector-width=128';

/** @returns the compiled loop, or `missing`, which says why there is none. */
export function compileLoop(...moreFlags) {
  const folder = mkdtempSync(join(tmpdir(), 'lookahead-bench-'));
  const program = join(folder, 'loop');
  const dispose = () => rmSync(folder, { recursive: true });
  const { error, status, stderr } = spawnSync('cc', [...flags, ...moreFlags, '-o', program, source], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    dispose();
    return { missing: error ? 'no C compiler: cc is not on the PATH' : `cc failed: ${stderr.split('\n')[0]}` };
  }
  const version = spawnSync('cc', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
  return {
    compiler: `${version}: cc ${flags.join(' ')}`,
    start: (...values) => startLoop(program, ...values),
    dispose,
  };
}

/** A process that keeps its buffers, so that it can be asked for samples again and again. */
async function startLoop(program, start, end) {
  const child = spawn(program, [String(start.length)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the C loop ended with ${code ?? signal}`);
  });
  failed.catch(() => {}); // ending it below is not a failure
  const write = (data) => new Promise((resolve) => child.stdin.write(data, resolve));
  const output = child.stdout[Symbol.asyncIterator]();
  const read = async () => (await Promise.race([output.next(), failed])).value;

  const bytes = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);
  const result = new Uint8Array(start.byteLength);
  const sent = write(bytes(start)).then(() => write(bytes(end)));
  for (let length = 0; length < result.length; ) {
    const chunk = await read();
    result.set(chunk, length);
    length += chunk.length;
  }
  await sent;

  return {
    result: new Float32Array(result.buffer),
    async samples(nanoseconds) {
      await write(`${nanoseconds}\n`);
      let line = '';
      while (!line.endsWith('\n')) line += await read();
      return line.trim().split(' ').map(Number);
    },
    async end() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
