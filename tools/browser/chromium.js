import { chromium } from 'playwright-core';
import { findProgram } from './find-program.js';

const findInstalled = () => findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');

/** The machine's own Chromium or Chrome, or else the one from npm, which is unpacked at the first use. */
export async function executablePath() {
  const installed = findInstalled();
  if (installed) return installed;
  // The package also has the libraries that a bare machine lacks, but unpacks them only where this is set.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs20.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return packaged.executablePath();
}

/** @returns a headless Chromium with WebGPU, to drive with Playwright. */
export async function launchChromium() {
  const args = ['--enable-unsafe-webgpu'];
  // Without it the one from npm warns of its software WebGL, and tfjs takes no WebGL that comes with a warning.
  if (!findInstalled()) args.push('--use-angle=swiftshader');
  return chromium.launch({ executablePath: await executablePath(), args });
}
