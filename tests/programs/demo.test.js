/**
 * The live page as it is published, in a real browser: it explains, runs, obeys the keyboard, asks no other machine for
 * anything, and leaks nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from 'vite';
import { launchChromium } from '../../tools/browser/chromium.js';
import { serve } from '../../tools/browser/serve.js';

const folder = mkdtempSync(join(tmpdir(), 'lookahead-demo-'));
let server;
let browser;

/**
 * Opens the page, gives it to `fn`, and checks that neither the browser nor the page itself told of an error, and that
 * it asked no other machine for anything.
 */
async function inPage(
  fn,
  { width = 1280, height = 900, reducedMotion = 'reduce', colorScheme = 'light', expectErrors = false } = {},
) {
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion, colorScheme });
  const errors = [];
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url()));
  page.on('pageerror', (error) => errors.push(error.stack));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  try {
    await fn(page, (query = '') => page.goto(server.url + query));
    const elsewhere = addresses.filter((address) => !address.startsWith(server.url) && !/^(data|blob):/.test(address));
    assert.equal(elsewhere, []);
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
  '#surface': [...optimizerSliders, 'Noise in each step', 'Steps per second'],
  '#network': optimizerSliders,
};

const untilSteps = (page, section, least) =>
  page.waitForFunction(
    ([section, least]) => Number(document.querySelector(`${section} [data-readout=steps]`).textContent) >= least,
    [section, least],
  );

const untilStatus = (page, section, status) => page.locator(`${section} [role=status]`, { hasText: status }).waitFor();

const statusOf = (page, section) => page.locator(`${section} [role=status]`).textContent();

const untilReady = (page, reset = sections) =>
  page.waitForFunction(
    (reset) =>
      reset.every((section) => document.querySelector(`${section} [data-readout=steps]`).textContent === '0') &&
      document.querySelector('#backend').ariaBusy === 'false',
    reset,
  );

/** Opens the page, and takes the surface back from the finished path to its start. */
async function openAtStart(page, open) {
  await open();
  await untilStatus(page, '#surface', /^Finished/);
  await resetBoth(page);
}

/** The count in the footer, once it has been brought up to date. */
const tensors = (page) =>
  page.locator('#tensors').evaluate(async (footer) => {
    await new Promise((resolve) => new MutationObserver(resolve).observe(footer, { childList: true }));
    return Number(footer.textContent);
  });

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

/** WCAG's contrasts of the colour of each of the paths with the place where the ravine's map is filled the most. */
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

async function choose(page, inner, outer, surface, dataset) {
  for (const list of await page.locator('[name=inner]').all()) await list.selectOption(inner);
  for (const list of await page.locator('[name=outer]').all()) await list.selectOption(outer);
  await page.locator('select[name=surface]').selectOption(surface);
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

// uvu tells nobody what fails in a hook, so the preparations are tests.
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
    await openAtStart(page, open);
    const text = await page.locator('#explanation p').first().textContent();
    assert.is(
      text
        .trim()
        .split(/[.!?](?:\s+|$)/)
        .filter(Boolean).length,
      5,
    );
  }));

test('runs: the losses fall, plain and with Lookahead, and steps and merges are counted and timed', () =>
  inPage(async (page, open) => {
    await openAtStart(page, open);
    const losses = () =>
      Promise.all(
        sections.flatMap((section) => ['plain', 'fast', 'slow'].map((kind) => number(page, section, `${kind} loss`))),
      );
    const before = await losses();
    await atFullSpeed(page);
    await runTo(page, '#surface', 20);
    await runTo(page, '#network', 200);
    const after = await losses();
    for (const [i, loss] of after.entries()) assert.ok(loss < before[i], `loss ${i} was ${before[i]} and is ${loss}`);
    assert.is(await number(page, '#surface', 'merges'), Math.floor((await number(page, '#surface', 'steps')) / 5));
    for (const path of ['merge path', 'step path']) assert.is(await readout(page, '#network', path), 'wasm-simd');
    for (const time of ['plain step time', 'Lookahead step time', 'merge time']) {
      assert.match(await readout(page, '#network', time), /^\d.* [µm]s$/, time);
    }
    assert.match(await readout(page, '#network', 'merge share'), /^\d.* %$/);
    assert.is(await readout(page, '#network', 'kernels'), 'with Lookahead');
  }));

test('Step takes one step, says where it led, and does not pile up', () =>
  inPage(async (page, open) => {
    await openAtStart(page, open);
    for (const section of sections) {
      await press(page, section, 'step');
      await untilStatus(page, section, /^Step 1\. /);
    }
    await page.locator('#surface button[name=step]').evaluate((button) => {
      for (let presses = 0; presses < 20; ++presses) button.click();
    });
    await untilSteps(page, '#surface', 2);
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
    await page.locator('select[name=surface]').selectOption('rosenbrock');
    await atFullSpeed(page);
    await press(page, '#surface', 'play');
    await press(page, '#network', 'step');
    await page.waitForTimeout(500);
    load();
    await untilStatus(page, '#network', /^Step 1\. /);
    await untilStatus(page, '#surface', /^Finished after 200 steps\./);
    assert.is(await page.locator('#surface button[name=play]').textContent(), 'Start again');
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
    await openAtStart(page, open);
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
    await openAtStart(page, open);
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

test('what it suggests to try on the surface comes out as it says', () =>
  inPage(async (page, open) => {
    await open();
    const slider = (name) => page.locator(`#surface input[name=${name}]`);
    /** With reduced motion, a change takes the finished path to another one. */
    const outcomeAfter = async (change) => {
      await untilStatus(page, '#surface', /^Finished/);
      await page.locator('#surface [role=status]').evaluate((status) => status.replaceChildren());
      await change();
      await untilStatus(page, '#surface', /^Finished/);
      return statusOf(page, '#surface');
    };
    const slowLoss = () => number(page, '#surface', 'slow loss');
    assert.match(
      await outcomeAfter(() => slider('learningRate').press('ArrowRight')),
      'Plain SGD has diverged, Lookahead',
    );
    assert.ok((await slowLoss()) < 0.1);

    assert.match(
      await outcomeAfter(() => slider('learningRate').press('ArrowLeft')),
      /Lookahead is ahead: .* plain SGD, at this rate, just below where plain SGD diverges\.$/,
    );
    const odd = await slowLoss();
    await outcomeAfter(() => slider('k').press('ArrowRight'));
    assert.ok((await slowLoss()) > 10 * odd, `k = 5: ${odd}, k = 6: ${await slowLoss()}`);

    await outcomeAfter(() => slider('k').press('ArrowLeft'));
    const choosing = (name, value) => () => page.locator(`#surface select[name=${name}]`).selectOption(value);
    assert.match(await outcomeAfter(choosing('surface', 'rosenbrock')), 'Lookahead loses here: plain SGD is');
    await outcomeAfter(() => slider('alpha').press('End'));
    assert.is(await readout(page, '#surface', 'fast loss'), await readout(page, '#surface', 'plain loss'));
    assert.match(await outcomeAfter(choosing('outer', 'heavyBall')), 'Lookahead is ahead');
  }));

test('the network says when it is finished and who is ahead, whichever it is, as the table does', () =>
  inPage(async (page, open) => {
    await open('?network.k=5');
    await untilStatus(page, '#surface', /^Finished/);
    const finish = async () => {
      await untilStatus(page, '#network', /^Finished after 1000 steps\./);
      const recent = async (kind) => (await readout(page, '#network', `${kind} recent`)).split(' ± ').map(Number);
      const [[plain, plainSpread], [slow, slowSpread]] = [await recent('plain'), await recent('slow')];
      const status = await statusOf(page, '#network');
      assert.match(status, `${slow} with the slow weights and ${plain} with plain Adam`);
      const says = (words) => assert.match(status, words);
      if (plainSpread > 1.1 * slowSpread) says('times as much with plain Adam');
      if (slowSpread > 1.1 * plainSpread) says('times as much with Lookahead');
      return { plain, slow, status };
    };
    await press(page, '#network', 'play');
    const moons = await finish();
    assert.match(moons.status, 'Lookahead is ahead.');
    assert.ok(moons.slow < 0.9 * moons.plain);

    await page.locator('[name=dataset]').selectOption('spirals');
    const spirals = await finish();
    assert.match(spirals.status, 'Lookahead loses here.');
    assert.ok(spirals.slow > 1.1 * spirals.plain);
  }));

test('the address holds the settings, and opening it brings them back', () =>
  inPage(async (page, open) => {
    await openAtStart(page, open);
    assert.is(page.url(), server.url);
    for (const [name, value] of [
      ['inner', 'Momentum'],
      ['outer', 'nesterov'],
      ['surface', 'noisyBowl'],
    ]) {
      await page.locator(`#surface select[name=${name}]`).selectOption(value);
    }
    await page.locator('#network [name=dataset]').selectOption('circles');
    for (const name of ['k', 'outerRate', 'learningRate', 'noise', 'speed']) {
      await page.locator(`#surface input[name=${name}]`).press('ArrowLeft');
    }
    for (const name of ['k', 'alpha', 'learningRate'])
      await page.locator(`#network input[name=${name}]`).press('ArrowRight');
    const all = () =>
      page
        .locator('form input[type=range], form select, form output, form code')
        .evaluateAll((elements) => elements.map((element) => element.value ?? element.textContent));
    const before = await all();
    await page.waitForURL(/surface\.speed=.*network\.learningRate=|network\.learningRate=.*surface\.speed=/);
    await page.waitForTimeout(1000); // until the last change is in it
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    await untilStatus(page, '#surface', /^Finished/);
    assert.equal(await all(), before);
    assert.is(page.url(), address);
  }));

test('an address that makes no sense does no harm', () =>
  inPage(async (page, open) => {
    await open(
      '?surface.k=many&surface.alpha=7&surface.inner=Newton&surface.learningRate=-1&surface.outer=&network=3&k=2',
    );
    await untilStatus(page, '#surface', /^Finished/);
    const value = (name) => page.locator(`#surface [name=${name}]`).evaluate((control) => control.value);
    const told = (name) => page.locator(`#surface [name=${name}]`).getAttribute('aria-valuetext');
    assert.equal(await Promise.all(['k', 'alpha', 'inner', 'outer'].map(value)), ['5', '1', 'SGD', 'none']);
    assert.is(await told('learningRate'), '0.0794');
  }));

const copies = {
  'as it opens': '',
  'with another k, alpha and inner optimizer': '?surface.k=3&surface.alpha=0.8&surface.inner=Adam',
  'with Nesterov outside': '?surface.outer=nesterov&surface.inner=Momentum',
  'with Adam outside': '?surface.outer=adam&surface.outerRate=0.2&surface.inner=RMSProp',
};
for (const [name, query] of Object.entries(copies)) {
  test(`the code that it copies does what is on the screen, ${name}`, () =>
    inPage(async (page, open) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await open(query);
      await untilStatus(page, '#surface', /^Finished/);
      await press(page, '#surface', 'copy');
      await page.locator('#surface button[name=copy]', { hasText: 'Copied' }).waitFor();
      const code = await page.evaluate(() => navigator.clipboard.readText());
      const [imports, program] = code.split('\n\n');
      const [declaration, ...training] = program.split('\n');
      const file = new URL(`copied-code-${process.pid}.mjs`, import.meta.url); // beside package.json's packages
      const train = `export async function train() {\n${training.join('\n')}\nreturn model;\n}`;
      writeFileSync(file, `${imports}\nexport ${declaration}\n${train}\n`);
      try {
        await tf.setBackend('cpu'); // in a process where another test brings wasm, none would be ready
        const { optimizer } = await import(`${file}${query}`);
        const weights = tf.variable(tf.tensor2d([[-3.4, 2.6]]));
        const loss = () => tf.sum(tf.mul([[0.5, 12.5]], tf.square(weights)));
        const slowLoss = () => optimizer.withSlowWeights(() => loss().dataSync()[0]);
        for (let step = 0; step < 200; ++step) optimizer.minimize(loss, false, [weights]);
        const [copied, shown] = [slowLoss(), await number(page, '#surface', 'slow loss')];
        assert.ok(Math.abs(copied - shown) <= 0.06 * shown, `copied: ${copied}, shown: ${shown}`);
        weights.dispose();
        const model = await (await import(`${file}?train${query}`)).train();
        const [prediction] = model.predict(tf.tensor1d([2])).dataSync();
        // With two momenta the weights still swing after so few steps.
        if (!query.includes('nesterov'))
          assert.ok(Math.abs(prediction - 5) < 1, `the copied code trains: ${prediction}`);
        model.optimizer.dispose();
        model.dispose();
        optimizer.dispose();
      } finally {
        rmSync(file);
      }
    }));
}

test('code that the browser does not copy is selected', () =>
  inPage(async (page, open) => {
    await page.addInitScript(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
    });
    await openAtStart(page, open);
    await press(page, '#surface', 'copy');
    await page.locator('#surface button[name=copy]', { hasText: 'Selected' }).waitFor();
    const [selected, shown] = await page.evaluate(() => [
      String(getSelection()),
      document.querySelector('#surface code').textContent,
    ]);
    assert.is(selected, shown);
  }));

test('it links to the paper and to its own parts, and to nothing that does not exist', () =>
  inPage(async (page, open) => {
    await openAtStart(page, open);
    const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    assert.ok(links.includes('https://arxiv.org/abs/1907.08610'));
    for (const link of links.filter((link) => link.startsWith('#')))
      assert.is(await page.locator(link).count(), 1, link);
    assert.equal(
      links.filter((link) => !link.startsWith('#') && !link.startsWith('https://arxiv.org/')),
      [],
    );
  }));

test('every slider obeys the keyboard while it runs, and tells its name and its value', () =>
  inPage(async (page, open) => {
    await openAtStart(page, open);
    for (const section of sections) {
      await press(page, section, 'play');
      assert.is(await page.locator(`${section} input[type=range]:visible`).count(), sliders[section].length);
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
      await page.locator(`${section} [name=outer]`).selectOption('nesterov');
      const outer = page.locator(section).getByRole('slider', { name: 'Outer learning rate', exact: true });
      assert.is(await outer.getAttribute('aria-valuetext'), '0.7');
      assert.not(await page.locator(section).getByRole('slider', { name: 'α: part of the way' }).isVisible());
      await outer.press('ArrowRight');
      assert.is(await outer.getAttribute('aria-valuetext'), '0.75');
      await untilSteps(page, section, 1);
    }
  }));

test('ten resets, with each inner and outer optimizer, on each surface and data set, leave no tensor', () =>
  inPage(async (page, open) => {
    await openAtStart(page, open);
    await atFullSpeed(page);
    const asAtTheEnd = ['SGD', 'none', 'ravine', 'moons'];
    await choose(page, ...asAtTheEnd);
    await resetBoth(page);
    const atStart = await tensors(page);
    const choices = [
      ['Momentum', 'nesterov', 'rosenbrock', 'circles'],
      ['Adam', 'adam', 'noisyBowl', 'spirals'],
      ['RMSProp', 'heavyBall', 'noisyBowl', 'spirals'],
      ['SGD', 'sgd', 'ravine', 'moons'],
      asAtTheEnd,
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
    await openAtStart(page, open);
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
      await openAtStart(page, open);
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
      await openAtStart(page, open);
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

test('starts when the map is seen, and not before', () =>
  inPage(
    async (page, open) => {
      await open();
      await untilReady(page);
      await page.waitForTimeout(500);
      assert.is(await number(page, '#surface', 'steps'), 0);
      await page.locator('#surface .map').scrollIntoViewIfNeeded();
      await page.setViewportSize({ width: 1280, height: 900 });
      await untilSteps(page, '#surface', 1);
    },
    { height: 240, reducedMotion: 'no-preference' },
  ));

test('with reduced motion the finished path stands there, and moves no more', () =>
  inPage(async (page, open) => {
    await page.addInitScript(() => {
      globalThis.shownSteps = new Set();
      addEventListener('DOMContentLoaded', () => {
        const steps = document.querySelector('#surface [data-readout=steps]');
        const note = () => globalThis.shownSteps.add(steps.textContent);
        new MutationObserver(note).observe(steps, { childList: true });
      });
    });
    await open();
    await untilStatus(page, '#surface', /^Finished after 200 steps\./);
    const shown = () => page.evaluate(() => [...globalThis.shownSteps]);
    const before = await shown();
    assert.ok(before.length < 40, `it showed ${before.length} of 200 steps`);
    await page.waitForTimeout(500);
    assert.equal(await shown(), before);
    assert.not(await page.evaluate(() => document.getAnimations().length > 0));
  }));

/** Notes in the page what it writes on canvases. */
const noteWords = (page) =>
  page.addInitScript(() => {
    globalThis.words = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      globalThis.words.push(text);
      return fillText.call(this, text, ...place);
    };
  });

test('the first two cycles have words on the map, and the others none', () =>
  inPage(async (page, open) => {
    await noteWords(page);
    await openAtStart(page, open);
    const wordsAfterStep = async () => {
      const step = (await number(page, '#surface', 'steps')) + 1;
      await page.evaluate(() => globalThis.words.splice(0));
      await press(page, '#surface', 'step');
      await untilStatus(page, '#surface', new RegExp(`^Step ${step}\\. `));
      const words = await page.evaluate(() => globalThis.words);
      return [...new Set(words.filter((word) => /[a-z]/.test(word) && !['loss', 'step'].includes(word)))].sort();
    };
    const cycle = [['1 step'], ['2 steps'], ['3 steps'], ['4 steps'], ['5 steps', 'merge']];
    for (const words of [...cycle, ...cycle]) assert.equal(await wordsAfterStep(), words);
    for (let step = 0; step < 6; ++step) assert.equal(await wordsAfterStep(), []);
  }));

test('plays the first cycles slowly, and then speeds up', () =>
  inPage(
    async (page, open) => {
      await page.clock.install({ time: 0 });
      await open();
      await untilReady(page);
      await page.clock.pauseAt(await page.evaluate(() => Date.now() + 60_000));
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.locator('#surface button[name=play]', { hasText: 'Pause' }).waitFor();
      /** The steps after so much of the page's time. What it does between two frames is not timed. */
      const stepsAfter = async (seconds) => {
        for (let ms = 0; ms < 1000 * seconds; ms += 50) await page.clock.runFor(50);
        return number(page, '#surface', 'steps');
      };
      const [slowly, later] = [await stepsAfter(4), await stepsAfter(8)];
      const [before, after] = [later, await stepsAfter(2)];
      assert.ok(slowly >= 4 && slowly <= 10, `${slowly} steps in the first 4 s`);
      assert.ok(after - before >= 20, `${after - before} steps in 2 s later`);
    },
    { height: 240, reducedMotion: 'no-preference' },
  ));

for (const [width, height] of [
  [1440, 900],
  [1280, 720],
  [768, 1024],
  [375, 667],
  [320, 568],
]) {
  test(`the map is above the fold at ${width} x ${height}`, () =>
    inPage(
      async (page, open) => {
        await open();
        await untilStatus(page, '#surface', /^Finished/);
        const map = await page.locator('#surface .map').boundingBox();
        assert.ok(map.y > 0 && map.y + map.height <= height, `from ${map.y} to ${map.y + map.height}`);
      },
      { width, height },
    ));
}

for (const [width, height] of [
  [375, 667],
  [320, 568],
]) {
  test(`on a phone of ${width} x ${height} the map stays in view while the sliders are moved`, () =>
    inPage(
      async (page, open) => {
        await openAtStart(page, open);
        const box = (selector) => page.locator(selector).boundingBox();
        for (const section of sections) {
          for (const name of ['k', 'alpha', 'learningRate']) {
            const selector = `${section} input[name=${name}]`;
            for (const block of ['start', 'end', 'nearest']) {
              await page.locator(selector).evaluate((slider, block) => slider.scrollIntoView({ block }), block);
              await page.locator(selector).press('ArrowRight');
              const [slider, map] = [await box(selector), await box(`${section} .map`)];
              assert.ok(
                map.y >= 0 && map.y + map.height <= slider.y,
                `${name}: map at ${map.y}, slider at ${slider.y}`,
              );
              assert.ok(slider.y + slider.height <= height + 1, `${name}: slider at ${slider.y}`);
            }
          }
        }
      },
      { width, height },
    ));
}

for (const colorScheme of ['light', 'dark']) {
  test(`fits a phone, with colours that stand out, ${colorScheme}`, () =>
    inPage(
      async (page, open) => {
        await openAtStart(page, open);
        const contrasts = await contrastsOnMap(page);
        assert.ok(Math.min(...contrasts) >= 3, contrasts.join());
        for (const section of sections) await runTo(page, section, 6);
        const width = () => page.evaluate(() => document.documentElement.scrollWidth);
        assert.is(await width(), 375);

        await page.setViewportSize({ width: 320, height: 600 });
        await page.locator('td').evaluateAll((cells) => {
          for (const cell of cells) cell.textContent = 'diverged';
        });
        // The charts follow the window a moment later, and keep the page wider until then.
        await page.waitForFunction(() => document.documentElement.scrollWidth === 320);
      },
      { width: 375, colorScheme },
    ));
}

test.run();
