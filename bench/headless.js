/** Uses the page as a person would, in a headless Chromium. */
import { readFileSync } from 'node:fs';
import { launchChromium } from '../tools/browser/chromium.js';
import { withSteps } from './progress.js';
import * as step from './report/step.js';
import * as sync from './report/sync.js';
import * as training from './report/training.js';
import { formatHeading, formatTable } from './terminal.js';

const POLL_MS = 300;
const reports = { sync, step, training };

/** @returns the JSON that the page offers. */
export async function measureHeadless(url, short) {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0); // a measurement keeps the page busy for as long as it takes
    await page.goto(url);
    const error = page.locator('#error');
    const failed = error.waitFor().then(async () => {
      throw new Error(`the page says: ${await error.textContent()}`);
    });
    failed.catch(() => {}); // the page is closed below
    await Promise.race([failed, page.locator('#run:enabled').waitFor()]);
    if (short) await page.getByLabel('Short').check();
    await page.locator('#run').click();
    await Promise.race([failed, follow(page)]);
    const download = page.waitForEvent('download');
    await page.locator('#download').click();
    const text = readFileSync(await (await download).path(), 'utf8');
    const record = JSON.parse(text);
    console.log(formatHeading(record));
    for (const [name, figures] of Object.entries(record.sections)) {
      for (const table of reports[name].tables(figures)) console.log(formatTable(table));
    }
    return text;
  } finally {
    await browser.close();
  }
}

async function follow(page) {
  const progress = () =>
    page.locator('#progress').evaluate(({ value, max, dataset }) => ({ value, max, section: dataset.section }));
  const { max } = await progress();
  await withSteps({ steps: max }, async (onStep) => {
    for (let shown = 0; await page.locator('#results').isHidden(); ) {
      const { value, section } = await progress();
      for (; shown < value; ++shown) await onStep(section);
      await page.waitForTimeout(POLL_MS);
    }
  });
}
