/** The live page as it is published, in a real browser: it explains, runs, obeys the keyboard, and leaks nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from 'vite';
import { launchChromium } from '../../tools/browser/chromium.js';
import { serve } from '../../tools/browser/serve.js';

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
    await fn(page, () => page.goto(server.url));
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
const optimizerSliders = ['k: steps forward', 'α: part of the way', 'Learning rate'];
const sliders = {
  '#surface': [...optimizerSliders, 'Noise: shift at each step', 'Steps a second'],
  '#network': optimizerSliders,
};

const untilSteps = (page, section, least) =>
  page.waitForFunction(
    ([section, least]) => Number(document.querySelector(`${section} [data-readout=steps]`).textContent) >= least,
    [section, least],
  );

const untilStatus = (page, section, status) => page.locator(`${section} [role=status]`, { hasText: status }).waitFor();

const untilReady = (page, reset = sections) =>
  page.waitForFunction(
    (reset) =>
      reset.every((section) => document.querySelector(`${section} [data-readout=steps]`).textContent === '0') &&
      document.querySelector('#backend').ariaBusy === 'false',
    reset,
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

/** WCAG's, of the colour of each of the paths, to where the ravine's map is filled the most. */
const contrastsOnMap = (page) =>
  page.locator('#surface .map canvas').evaluate((map) => {
    const pixel = new OffscreenCanvas(1, 1).getContext('2d');
    const style = getComputedStyle(document.documentElement);
    const fill = (name) => {
      pixel.fillStyle = style.getPropertyValue(`--${name}`);
      pixel.fillRect(0, 0, 1, 1);
    };
    const luminance = () => {
      const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    fill('surface');
    pixel.drawImage(map, 10 - map.width, 26 - map.height); // the corner, but for the margins
    const ground = luminance();
    return ['plain', 'fast', 'slow'].map((name) => {
      fill(name);
      const [darker, lighter] = [ground, luminance()].toSorted((one, other) => one - other);
      return (lighter + 0.05) / (darker + 0.05);
    });
  });

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
  server = await serve({ folders: { '': folder } });
  browser = await launchChromium();
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

test('runs: the losses fall, plain and with Lookahead, and steps and merges are counted and timed', () =>
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
    for (const path of ['merge path', 'step path']) assert.is(await readout(page, '#network', path), 'wasm-simd');
    for (const time of ['plain step time', 'Lookahead step time', 'merge time']) {
      assert.match(await readout(page, '#network', time), /^\d.* µs$/, time);
    }
    assert.match(await readout(page, '#network', 'merge share'), /^\d.* %$/);
  }));

test('Step takes one step, says where it led, and does not pile up', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    for (const section of sections) {
      await press(page, section, 'step');
      await untilStatus(page, section, /^Step 1\. /);
    }
    await page.locator('#surface button[name=step]').evaluate((button) => {
      for (let presses = 0; presses < 20; ++presses) button.click();
    });
    await page.waitForTimeout(500);
    assert.is(await number(page, '#surface', 'steps'), 2);
  }));

test('what is pressed and chosen while the first backend loads waits for it', () =>
  inPage(async (page, open) => {
    let load;
    const loading = new Promise((resolve) => {
      load = resolve;
    });
    await page.route('**/*.wasm', async (route) => {
      await loading;
      await route.continue();
    });
    await open();
    for (const section of sections) {
      await press(page, section, 'step');
      await press(page, section, 'reset');
    }
    await page.locator('[name=surface]').selectOption('rosenbrock');
    await atFullSpeed(page);
    await press(page, '#surface', 'play');
    await press(page, '#network', 'step');
    await page.waitForTimeout(500);
    load();
    await untilStatus(page, '#network', /^Step 1\. /);
    await untilStatus(page, '#surface', /^Step 500\. .* Paused by itself after 500 steps\.$/);
    assert.is(await page.locator('#surface button[name=play]').textContent(), 'Start');
  }));

test('what runs carries on when another backend is chosen, however long that takes to start', () =>
  inPage(async (page, open) => {
    await page.addInitScript(() => {
      const { requestDevice } = GPUAdapter.prototype;
      GPUAdapter.prototype.requestDevice = async function (...args) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return requestDevice.apply(this, args);
      };
    });
    await open();
    await untilReady(page);
    await press(page, '#surface', 'play');
    for (const name of ['webgpu', 'cpu']) {
      await page.locator(`input[value=${name}]`).check();
      await press(page, '#network', 'reset');
    }
    await untilReady(page, ['#network']);
    assert.ok(await page.locator('input[value=cpu]').isChecked());
    await untilSteps(page, '#surface', (await number(page, '#surface', 'steps')) + 1);
  }));

test('draws only what is new', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    await page.locator('input[name=speed]').press('Home');
    await press(page, '#surface', 'play');
    const drawings = await page.locator('#surface [data-readout=steps]').evaluate(async (steps) => {
      let drawings = 0;
      await new Promise((resolve) => {
        const count = () => ++drawings && Number(steps.textContent) >= 2 && resolve();
        new MutationObserver(count).observe(steps, { childList: true });
      });
      return drawings;
    });
    assert.ok(drawings <= 2, `drew ${drawings} times in 2 steps`);
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

test('every slider obeys the keyboard while it runs, and tells its name and its value', () =>
  inPage(async (page, open) => {
    await open();
    await untilReady(page);
    for (const section of sections) {
      await press(page, section, 'play');
      assert.is(await page.locator(`${section} input[type=range]`).count(), sliders[section].length);
      for (const name of sliders[section]) {
        const slider = page.locator(section).getByRole('slider', { name, exact: true });
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
    await page.locator('input[value=webgpu]:enabled').waitFor(); // the browser is asked for it last
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
      const paths = await Promise.all(['merge path', 'step path'].map((path) => readout(page, '#network', path)));
      const path = name.startsWith('webg') ? name : 'wasm-simd';
      assert.equal(paths, [path, path], name);
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
      await resetBoth(page);
      await page.locator('input[value=webgl]').check();
      await untilReady(page);
      assert.equal(await alerts(page), []);
      await runTo(page, '#surface', 6);
    },
    { expectErrors: true },
  ));

test('a GPU that is taken away is told, in sight wherever one has scrolled', () =>
  inPage(
    async (page, open) => {
      await page.addInitScript(() => {
        const { getContext } = OffscreenCanvas.prototype;
        OffscreenCanvas.prototype.getContext = function (...args) {
          globalThis.gl = getContext.apply(this, args);
          return globalThis.gl;
        };
      });
      await open();
      await untilReady(page);
      await page.locator('input[value=webgl]').check();
      await untilReady(page);
      await page.locator('footer').scrollIntoViewIfNeeded();
      await page.evaluate(() => globalThis.gl.getExtension('WEBGL_lose_context').loseContext());
      const alert = page.locator('#page-alert', { hasText: 'The browser took the GPU away. Reload the page.' });
      await alert.waitFor();
      assert.is((await alert.boundingBox()).y, 0);
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
  test(`fits a phone, with colours that stand out, ${colorScheme}`, () =>
    inPage(
      async (page, open) => {
        await open();
        await untilReady(page);
        const contrasts = await contrastsOnMap(page);
        assert.ok(Math.min(...contrasts) >= 3, contrasts.join());
        for (const section of sections) await runTo(page, section, 6);
        const width = () => page.evaluate(() => document.documentElement.scrollWidth);
        assert.is(await width(), 375);
        const map = await page.locator('#surface .map').boundingBox();
        const alpha = await page.locator('#surface input[name=alpha]').boundingBox();
        assert.ok(alpha.y + alpha.height - map.y < 667, 'the map is out of sight from the sliders');

        await page.setViewportSize({ width: 320, height: 600 });
        await page.locator('td').evaluateAll((cells) => {
          for (const cell of cells) cell.textContent = 'diverged';
        });
        // The charts follow the window a moment later, and keep the page wider until then.
        const follows = page.waitForFunction(() => document.documentElement.scrollWidth === 320, null, {
          timeout: 20_000,
        });
        await follows.catch(() => {}); // the assertion says what the width is
        assert.is(await width(), 320);
      },
      { width: 375, colorScheme },
    ));
}

test.run();
