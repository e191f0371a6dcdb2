/**
 * Runs the suite in a page or in a Web Worker, with the TEST_HOST that the query of the address holds. Its output goes to
 * the page server, for not every browser lets its driver read the console.
 */
import { everywhere, run } from '../../suite.js';

let waiting = '';
let sending;

async function sendWaiting() {
  while (waiting) {
    const body = waiting;
    waiting = '';
    await fetch('/output', { method: 'POST', body });
  }
  sending = undefined;
}

function print(text) {
  waiting += text;
  sending ??= sendWaiting();
}

async function finish(outcome) {
  await sending;
  await fetch('/finished', { method: 'POST', body: outcome });
}

const describe = (error) => `${error?.message ?? error}\n${error?.stack ?? ''}\n`;

console.log = (...values) => print(values.join(' ')); // uvu's only way out; it brings its own line ends
for (const method of ['warn', 'error']) console[method] = (...values) => print(`${values.join(' ')}\n`);

let uncaught = 0;
for (const event of ['error', 'unhandledrejection']) {
  addEventListener(event, ({ error, reason, message }) => {
    ++uncaught;
    print(`\nuncaught: ${describe(error ?? reason ?? message)}`);
  });
}

globalThis.TEST_HOST = JSON.parse(new URLSearchParams(location.search).get('host'));
try {
  await run({ ...everywhere, 'threaded-build.test.js': () => import('./threaded-build.test.js') });
} catch (error) {
  ++uncaught;
  print(describe(error));
}
await finish(uncaught === 0 ? 'ran' : 'broken');
