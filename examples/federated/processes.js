import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../tools/errors.js';

const startProcess = new URL('start-process.js', import.meta.url).href;
const LAST_CHARACTERS = 2000;

/**
 * Runs `work`, which starts processes, and ends all of them, whatever happens. They share an empty working directory,
 * because a server of DISCO reads and writes models there.
 *
 * @param options.silence in seconds: if no process sends a message for so long, that is an error, because a client of
 * DISCO waits forever for one that has died.
 * @param options.signal ends all.
 * @param work gets `start(name, path, args, onMessage)`, which starts a Node process, and returns `send(message)` and a
 * promise, `finished`, that it has ended by itself, with exit code 0. Any other end of a process is an error.
 * @returns what `work` returns.
 * @throws UserError if a process has failed or all are silent; what the signal was aborted with; what `work` throws.
 */
export async function withProcesses({ silence, signal }, work) {
  signal.throwIfAborted();
  const cwd = mkdtempSync(join(tmpdir(), 'federated-'));
  const children = [];
  let fail;
  const failure = new Promise((_, reject) => {
    fail = reject;
  });
  const abort = () => fail(signal.reason);
  signal.addEventListener('abort', abort);
  const timer = setTimeout(
    () => fail(new UserError(`The server and the clients have sent nothing for ${silence} s.`)),
    silence * 1000,
  );

  function start(name, path, args = [], onMessage = () => {}) {
    const child = fork(path, args, {
      cwd,
      execArgv: ['--import', startProcess],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (data) => {
      stderr = (stderr + data).slice(-LAST_CHARACTERS);
    });
    child.on('message', (message) => {
      timer.refresh();
      onMessage(message);
    });
    child.once('error', fail);
    const closed = new Promise((resolve) => child.once('close', resolve));
    children.push({ child, closed });
    const finished = new Promise((resolve) =>
      child.once('close', (code, signalName) => {
        if (code === 0) resolve();
        else fail(new UserError(`The ${name} ended with ${signalName ?? `code ${code}`}.\n${stderr}`));
      }),
    );
    return { send: (message) => child.send(message), finished };
  }

  try {
    return await Promise.race([work(start), failure]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    for (const { child } of children) child.kill('SIGKILL'); // nothing that has ended is killed: it goes by the handle
    await Promise.all(children.map(({ closed }) => closed));
    rmSync(cwd, { recursive: true });
  }
}
