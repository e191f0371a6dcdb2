/** The live page as it is published, in a real browser: it explains, runs, obeys the keyboard, and leaks nothing. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sirv from 'sirv';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from 'vite';
import { executablePath } from '../hosts/browser/chromium-path.js';

const folder = mkdtempSync(join(tmpdir(), 'lookahead-demo-'));
let server;
let browser;

/** Opens the page, gives it to `fn`, and checks that neither the browser nor the page itself told of an error. */
async function inPage(
  fn,
  { width = 1280, reducedMotion = 'reduce', colorScheme = 'light', expectErrors = false } = {},
) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion, colorScheme });
  page.setDefaultTimeout(30_000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.stack));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  try {
    await fn(page, () => page.goto(`http://127.0.0.1:${server.address().port}/`));
    if (!expectErrors) assert.equal([...errors, ...(await alerts(page))], []);
  } finally {
    await page.close();
  }
}

const alerts = async (page) => (await page.getByRole('alert').allTextContents()).filter(Boolean);
const press = (page, section, name) => page.locator(`${section} button[name=${name}]`).press('Enter');
const readout = (page, section, name) => page.locator(`${section} [data-readout="${name}"]`).textContent();
const number = async (...where) => Number(await readout(...where));
const sections = ['#surface', '#network'];

const untilSteps = (page, section, least) =>
  page.waitForFunction(
    ([section, least]) => Number(document.querySelector(`${section} [data-readout=steps]`).textContent) >= least,
    [section, least],
  );

const untilReady = (page) =>
  page.waitForFunction(
    () =>
      [...document.querySelectorAll('[data-readout=steps]')].every((steps) => steps.textContent === '0') &&
      document.querySelector('#backend').ariaBusy === 'false',
  );

/** The footer is brought up to date every quarter of a second. */
async function tensors(page) {
  await page.waitForTimeout(500);
  return Number(await page.locator('#tensors').textContent());
}

const untilTensors = (page, count) =>
  page.waitForFunction((count) => document.querySelector('#tensors').textContent === String(count), count);

/** Starts the section, pauses it after so many steps, and waits until it tells where it stands. */
async function runTo(page, section, least) {
  await press(page, section, 'play');
  await untilSteps(page, section, least);
  await press(page, section, 'play');
  await page.waitForFunction((selector) => {
    const section = document.querySelector(selector);
    const steps = section.querySelector('[data-readout=steps]').textContent;
    return section.querySelector('[role=status]').textContent.startsWith(`Step ${steps}. `);
  }, section);
}

const atFullSpeed = (page) => page.locator('input[name=speed]').press('End');

async function choose(page, inner, surface, dataset) {
  for (const list of await page.locator('[name=inner]').all()) await list.selectOption(inner);
  await page.locator('[name=surface]').selectOption(surface);
  await page.locator('[name=dataset]').selectOption(dataset);
}

async function resetBoth(page) {
  for (const section of sections) await press(page, section, 'reset');
  await untilReady(page);
}

const test = suite('demo');

test.after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

// What fails in a hook, uvu tells nobody, so the preparations are tests.
test('Vite builds it', async () => {
  const root = fileURLToPath(new URL('../../demo', import.meta.url));
  await build({ root, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
});

test('Chromium and a file server start', async () => {
  server = createServer(sirv(folder, { dev: true }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  browser = await chromium.launch({ executablePath: await executablePath(), args: ['--enable-unsafe-webgpu'] });
});

test('explains Lookahead in five sentences', () =>
  inPage(async (page, open) => {
    await open();
    const text = await page.locator('#explanation p').first().textContent();
    assert.is(
      text
        .trim()
        .split(/[.!?](?:\s+|$)/)
        .filter(Boolean).length,
      5,
    );
    await untilReady(page);
  }));

test('runs: the losses fall, plain and with Lookahead, and the merges are counted and timed', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    const losses = () =>
      Promise.all(
        sections.flatMap((section) => ['plain', 'fast', 'slow'].map((kind) => number(page, section, `${kind} loss`))),
      );
    const before = await losses();
    await runTo(page, '#surface', 20);
    await runTo(page, '#network', 200);
    const after = await losses();
    for (const [i, loss] of after.entries()) assert.ok(loss < before[i], `loss ${i} was ${before[i]} and is ${loss}`);
    assert.is(await number(page, '#surface', 'merges'), Math.floor((await number(page, '#surface', 'steps')) / 5));
    assert.is(await readout(page, '#network', 'merge path'), 'wasm-simd');
    assert.match(await readout(page, '#network', 'merge time'), /^\d.* µs$/);
    assert.match(await readout(page, '#network', 'merge share'), /^\d.* %$/);
  }));

test('Step takes one step, and says where it led', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    for (const section of sections) {
      await press(page, section, 'step');
      await untilSteps(page, section, 1);
      assert.match(await page.locator(`${section} [role=status]`).textContent(), /^Step 1\. /);
    }
  }));

test('what it suggests to try comes out as it says', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    const slider = (name) => page.locator(`#surface input[name=${name}]`);
    const losses = () => Promise.all(['plain', 'slow'].map((kind) => number(page, '#surface', `${kind} loss`)));
    await atFullSpeed(page);
    const [start] = await losses();
    await slider('learningRate').press('ArrowRight');
    await runTo(page, '#surface', 60);
    const [diverged, arrived] = await losses();
    assert.ok(diverged > start && arrived < start / 10, `plain ${diverged}, slow ${arrived}`);

    await slider('learningRate').press('ArrowLeft');
    const slowAfter60 = async (k) => {
      await slider('k').fill(k);
      await resetBoth(page);
      await runTo(page, '#surface', 60);
      return (await losses())[1];
    };
    const [odd, even] = [await slowAfter60('5'), await slowAfter60('6')];
    assert.ok(even > 10 * odd, `k = 5: ${odd}, k = 6: ${even}`);

    await slider('k').fill('5');
    await page.locator('[name=surface]').selectOption('rosenbrock');
    await untilReady(page);
    await runTo(page, '#surface', 60);
    const [plain, slow] = await losses();
    assert.ok(slow > plain, `plain ${plain}, slow ${slow}`);

    await slider('alpha').press('End');
    await resetBoth(page);
    await runTo(page, '#surface', 60);
    assert.is(await readout(page, '#surface', 'fast loss'), await readout(page, '#surface', 'plain loss'));
  }));

test('every slider obeys the keyboard while it runs, and tells its value', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    for (const section of sections) {
      await press(page, section, 'play');
      for (const slider of await page.locator(`${section} input[type=range]`).all()) {
        const told = () => slider.getAttribute('aria-valuetext');
        const before = await told();
        await slider.press('ArrowRight');
        assert.is.not(await told(), before);
        assert.is(await slider.locator('xpath=../output').textContent(), await told());
        const steps = await number(page, section, 'steps');
        await untilSteps(page, section, steps + 1);
      }
    }
  }));

test('ten resets, with each inner optimizer, on each surface and data set, leave no tensor', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    await atFullSpeed(page);
    const atStart = await tensors(page);
    const choices = [
      ['Momentum', 'rosenbrock', 'circles'],
      ['Adam', 'noisyBowl', 'spirals'],
      ['RMSProp', 'noisyBowl', 'spirals'],
      ['SGD', 'ravine', 'moons'],
    ];
    for (let resets = 0; resets < 10; ++resets) {
      if (choices.length > 0) await choose(page, ...choices.shift());
      await runTo(page, '#surface', 6);
      await press(page, '#network', 'play');
      await untilSteps(page, '#network', 6);
      await resetBoth(page);
    }
    await untilTensors(page, atStart);
  }));

test('every backend that the browser has trains, and leaves no tensor when another takes its place', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    const names = await page
      .locator('input[name=backend]:enabled')
      .evaluateAll((choices) => choices.map(({ value }) => value));
    assert.equal(names, ['wasm', 'cpu', 'webgl', 'webgpu']);
    await atFullSpeed(page);
    const atStart = await tensors(page);
    for (const name of [...names, 'wasm']) {
      await page.locator(`input[value=${name}]`).check();
      await untilReady(page);
      const before = await number(page, '#surface', 'slow loss');
      for (const section of sections) await runTo(page, section, 6);
      assert.ok((await number(page, '#surface', 'slow loss')) < before, name);
      assert.match(await readout(page, '#network', 'merge path'), /^(wasm-simd|webgl|webgpu)$/);
      await resetBoth(page);
      await untilTensors(page, atStart);
    }
  }));

test('a backend that does not start is told, and cpu takes its place', () =>
  inPage(
    async (page, open) => {
      await page.route('**/*.wasm', (route) => route.abort());
      await open();
      await untilReady(page);
      assert.match((await alerts(page)).join(), "'wasm' does not start");
      assert.ok(await page.locator('input[value=cpu]').isChecked());
      await runTo(page, '#surface', 6);
    },
    { expectErrors: true },
  ));

test('moves of itself only for those who do not mind', async () => {
  await inPage(
    async (page, open) => {
      await open();
      await untilSteps(page, '#surface', 1);
    },
    { reducedMotion: 'no-preference' },
  );
  await inPage(async (page, open) => {
    await open();
    await untilReady(page);
    await page.waitForTimeout(500);
    assert.is(await number(page, '#surface', 'steps'), 0);
  });
});

for (const colorScheme of ['light', 'dark']) {
  test(`fits a phone, ${colorScheme}`, () =>
    inPage(
      async (page, open) => {
        await open();
        await untilReady(page);
        for (const section of sections) await runTo(page, section, 6);
        assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 375);
      },
      { width: 375, colorScheme },
    ));
}

test.run();
