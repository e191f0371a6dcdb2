/** `npm run federated`, in its shortest form on the real DISCO; and without DISCO, where it says how to get it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { launchChromium } from '../../tools/browser/chromium.js';
import { isDiscoInstalled } from './install.js';

const main = fileURLToPath(new URL('../../examples/federated/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lookahead-'));
const temporary = join(folder, 'temporary');
mkdirSync(temporary);

/** Starts the program, as the first of a group of processes, like a terminal does. */
function start(args, env = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary, ...env },
    detached: true,
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return {
    pid: child.pid,
    stderr: child.stderr,
    ended: ended.then(([status, stdout, stderr]) => ({ status, stdout, stderr })),
  };
}

/** The address that a process writes to a stream. */
async function addressIn(stream) {
  let written = '';
  for (;;) {
    const [data] = await once(stream, 'data');
    written += data;
    const [address] = /http:\S+(?=\s)/.exec(written) ?? [];
    if (address) return address;
  }
}

const run = (...options) => start(...options).ended;

const test = suite('examples/federated');
const testOnDisco = isDiscoInstalled ? test : test.skip;
test.after(() => rmSync(folder, { recursive: true }));

testOnDisco('compares all methods, ends by itself, and leaves nothing but its results', async () => {
  const { status, stdout, stderr } = await run(['--steps', '4', '--local-steps', '2']);
  assert.is(status, 0, stderr);
  for (const name of ['client 1 alone', 'client 3 alone', 'averaging every step', 'local SGD', 'DiLoCo']) {
    assert.match(stdout, new RegExp(`^\\| ${name} +\\|`, 'm'));
  }
  assert.match(stderr, /Training/);
  assert.equal(readdirSync(temporary), []);

  const output = (name) => readFileSync(join(folder, 'out', 'federated', name), 'utf8');
  assert.match(output('loss.svg'), /^<svg [\s\S]*<\/svg>$/);
  const { runs } = JSON.parse(output('results.json'));
  const byMethod = (method) => runs.filter((each) => each.method === method);
  const [[synchronous], [localSgd], [diloco]] = ['synchronous', 'local-sgd', 'diloco'].map(byMethod);
  const alone = byMethod('alone');
  assert.is(alone.length, 3);
  for (const { method, curve } of runs) {
    assert.equal(
      curve.map(({ step }) => step),
      method === 'synchronous' ? [0, 1, 2, 4] : [0, 2, 4],
    );
    assert.equal(curve[0], runs[0].curve[0], 'all start from the same weights');
  }
  assert.is(new Set(alone.map(({ curve }) => curve[1].loss)).size, 3, 'the data of the clients differ');

  const weights = 12 * 48 + 48 + 48 * 48 + 48 + 48 * 9 + 9;
  const sent = ({ curve }) => curve.map((figures) => figures.sent);
  const [, , perRun] = sent(localSgd);
  // Four bytes a weight, and a little for names and shapes.
  assert.ok(perRun > 2 * 4 * weights && perRun < 2 * 4.2 * weights, `${perRun}`);
  assert.equal(sent(localSgd), [0, perRun / 2, perRun]);
  assert.equal(sent(diloco), sent(localSgd));
  assert.equal(sent(synchronous), [0, perRun / 2, perRun, 2 * perRun]);
  assert.is(new Set([synchronous, localSgd, diloco].map(({ curve }) => curve.at(-1).loss)).size, 3);
});

testOnDisco('a page of a browser joins, and has the same weights as the others', async () => {
  const { ended, stderr } = start(['--steps', '2', '--local-steps', '1', '--page']);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(await addressIn(stderr));
    const { status, stdout, stderr: errors } = await ended;
    assert.is(status, 0, errors);
    assert.match(stdout, /^Federated training with DISCO: 4 clients/);
    assert.match(stdout, /^\| client 4 alone +\|/m);
    assert.match(await page.innerText('[role=status]'), /^Done/);
    assert.match(await page.innerText('tbody'), /DiLoCo\s+2 of 2\s+\d\.\d{3}/);
  } finally {
    await browser.close();
  }
  assert.equal(readdirSync(temporary), []);
});

testOnDisco('Ctrl-C ends the server and the clients, and writes nothing', async () => {
  const { pid, ended } = start(['--steps', '10000', '--local-steps', '5']);
  const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  let pids = [];
  while (pids.length < 4) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    pids = children();
  }
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  process.kill(-pid, 'SIGINT');
  const { status, stderr } = await ended;
  assert.is(status, 130, stderr);
  assert.match(stderr, 'Interrupted: nothing was written.');
  for (const each of pids) assert.not.ok(existsSync(`/proc/${each}`), `process ${each} is still there`);
  assert.equal(readdirSync(temporary), []);
  assert.not.ok(existsSync(join(folder, 'out')));
});

test('without DISCO it says how to build it, and where the folder goes', async () => {
  // A registry that nobody serves.
  const nowhere = {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: temporary,
    DISCO_PACKAGES: '',
  };
  const { status, stdout, stderr } = await run([], nowhere);
  assert.is(status, 1, stderr);
  assert.is(stdout, '');
  assert.match(stderr, /^error: npm does not find DISCO's packages/);
  assert.match(stderr, /git clone \S+epfml\/disco /);
  assert.match(stderr, /export DISCO_PACKAGES=.*\n$/);
  rmSync(temporary, { recursive: true });
  mkdirSync(temporary);
});

test('a mistake is a clear error, and nothing is installed or trained', async () => {
  writeFileSync(join(folder, 'epfml-discojs-3.0.0.tgz'), '');
  for (const [args, pattern, DISCO_PACKAGES = ''] of [
    [[], /DISCO_PACKAGES: 'missing' cannot be read: no such file/, 'missing'],
    [[], /DISCO_PACKAGES: '.*' has no package of @epfml\/discojs-node\. Build them/, folder],
    [['--steps', '30'], /--steps.*'30'.*multiple of --local-steps, which is 20/],
    [['--local-steps', '0'], /--local-steps.*'0'.*at least 1/],
    [['--inner', 'lion'], /--inner.*'lion'.*adam, sgd/],
    [['--lr', '0'], /--lr.*'0'.*positive/],
  ]) {
    const { status, stdout, stderr } = await run(args, { DISCO_PACKAGES });
    assert.is(status, 1, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /^error: /);
    assert.match(stderr, pattern);
  }
});

test.run();
