import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { installPackages } from '../install-packages.js';
import { LAST_RESORT_MS } from '../last-resort.js';
import { findProgram } from './find-program.js';

const findInstalled = () => findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');

const folder = new URL('chromium/', import.meta.url);

/**
 * The Chromium or Chrome that is installed. If there is none, it is the one from npm, which is installed and unpacked
 * at its first use.
 */
export async function executablePath() {
  const installed = findInstalled();
  if (installed) return installed;
  // The package also has the libraries that a bare machine lacks, but only unpacks them if this is set.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs20.x';
  const files = Object.fromEntries(
    ['package.json', 'package-lock.json'].map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
  );
  await installPackages({ folder, files, command: 'ci' });
  const { default: packaged } = createRequire(new URL('package.json', folder))('@sparticuz/chromium');
  return packaged.executablePath();
}

/**
 * @param extra arguments for the program.
 * @returns a headless Chromium with WebGPU, to drive with Playwright.
 */
export async function launchChromium(extra = []) {
  const args = ['--enable-unsafe-webgpu', ...extra];
  // Without the first, the one from npm warns about its software WebGL, and tfjs does not use a WebGL that comes with a
  // warning. Without the second, it draws pages with that WebGL too, and the live page hardly moves.
  if (!findInstalled()) args.push('--use-angle=swiftshader', '--disable-gpu-compositing');
  const browser = await chromium.launch({ executablePath: await executablePath(), args, timeout: LAST_RESORT_MS });
  browser.on('context', (context) => context.setDefaultTimeout(LAST_RESORT_MS));
  return browser;
}
