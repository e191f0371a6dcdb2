/** The processes of examples/federated, without DISCO: whatever happens to one of them, all end and nothing is left over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withProcesses } from '../../examples/federated/processes.js';
import { LAST_RESORT_MS } from '../../tools/last-resort.js';

const folder = mkdtempSync(join(tmpdir(), 'lookahead-'));
const waits = join(folder, 'waits.mjs');
writeFileSync(waits, `process.send({ pid: process.pid, cwd: process.cwd() }); setInterval(() => {}, 1000);`);
const dies = join(folder, 'dies.mjs');
writeFileSync(dies, `process.send('here'); process.on('message', () => { throw new Error('no memory left'); });`);
const ends = join(folder, 'ends.mjs');
writeFileSync(ends, `process.on('message', (message) => process.send(message + 1, () => process.exit()));`);

const test = suite('processes');
test.after(() => rmSync(folder, { recursive: true }));

const isAlive = (pid) => {
  try {
    // A process that has ended, but that nobody has asked about, still has an entry.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Runs two processes that never end, and `work`. @returns the message of the error, after a look at what is left. */
async function failureOf(work, { silence = LAST_RESORT_MS / 1000, signal = new AbortController().signal } = {}) {
  const told = [];
  const run = withProcesses({ silence, signal }, async (start) => {
    await Promise.all(
      ['one', 'other'].map(
        (name) => new Promise((resolve) => start(name, waits, [], (message) => resolve(told.push(message)))),
      ),
    );
    assert.is(told[0].cwd, told[1].cwd);
    assert.equal(readdirSync(told[0].cwd), []);
    assert.ok(told.every(({ pid }) => isAlive(pid)));
    await work(start);
  });
  let failure;
  try {
    await run;
  } catch (error) {
    failure = error;
  }
  for (const { pid, cwd } of told) {
    assert.not.ok(isAlive(pid));
    assert.not.ok(existsSync(cwd));
  }
  return failure?.message;
}

const forever = () => new Promise(() => {});

test('all are ended when the work is done', async () => {
  assert.is(await failureOf(async () => {}), undefined);
});

test('a process that ends by itself is no failure, and its messages arrive', async () => {
  const answers = [];
  const work = async (start) => {
    const { send, finished } = start('worker', ends, [], (message) => answers.push(message));
    send(41);
    await finished;
  };
  assert.is(await failureOf(work), undefined);
  assert.equal(answers, [42]);
});

test('a process that dies ends all, with its name and what it wrote', async () => {
  const message = await failureOf((start) => {
    const { send } = start('client 2', dies, [], () => send('now'));
    return forever();
  });
  assert.match(message, /^The client 2 ended with code 1\.\n[\s\S]*no memory left/);
});

test('a process that is killed from outside ends all, with its name', async () => {
  const message = await failureOf((start) => {
    start('client 3', waits, [], ({ pid }) => process.kill(pid, 'SIGTERM'));
    return forever();
  });
  assert.match(message, /^The client 3 ended with SIGTERM/);
});

test('silence ends all, as after a peer that DISCO waits for in vain', async () => {
  assert.match(await failureOf(forever, { silence: 3 }), 'have sent nothing for 3 s');
});

test('a signal ends all', async () => {
  const interruption = new AbortController();
  const work = () => {
    interruption.abort(new Error('interrupted here'));
    return forever();
  };
  assert.is(await failureOf(work, { signal: interruption.signal }), 'interrupted here');
});

test('when the program itself is killed, its processes end', async () => {
  const program = join(folder, 'program.mjs');
  const module = JSON.stringify(new URL('../../examples/federated/processes.js', import.meta.url).href);
  writeFileSync(
    program,
    `const { withProcesses } = await import(${module});
    await withProcesses({ silence: ${LAST_RESORT_MS / 1000}, signal: new AbortController().signal }, (start) => {
      start('client', process.argv[2], [], ({ pid }) => console.log(pid));
      return new Promise(() => {});
    });`,
  );
  const child = spawn(process.execPath, [program, waits], { env: { ...process.env, TMPDIR: folder } });
  const pid = Number(String((await once(child.stdout, 'data'))[0]));
  assert.ok(isAlive(pid));
  child.kill('SIGKILL');
  // There is no limit: a process that never ends keeps the test waiting, and the host is stopped for its silence.
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('an error of the work ends all', async () => {
  const work = () => Promise.reject(new Error('of the work'));
  assert.is(await failureOf(work), 'of the work');
});

test.run();
