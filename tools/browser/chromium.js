import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findProgram } from './find-program.js';

/** The machine's own Chromium or Chrome, or else the one from npm. */
async function executablePath() {
  const installed = findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  if (installed) return installed;
  const { default: packaged, inflate, setupLambdaEnvironment } = await import('@sparticuz/chromium');
  // It brings the libraries that a bare machine lacks, but unpacks them of itself on one host only.
  const libraries = new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium'));
  setupLambdaEnvironment(join(await inflate(fileURLToPath(libraries)), 'lib'));
  return packaged.executablePath();
}

/** @returns a headless Chromium with WebGPU, to drive with Playwright. */
export async function launchChromium() {
  return chromium.launch({ executablePath: await executablePath(), args: ['--enable-unsafe-webgpu'] });
}
