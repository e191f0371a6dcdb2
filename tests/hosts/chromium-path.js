import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The machine's own Chromium or Chrome, or else the one from npm. */
export async function executablePath() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (installed) return installed;
  const { default: packaged, inflate, setupLambdaEnvironment } = await import('@sparticuz/chromium');
  // It brings the libraries that a bare machine lacks, but unpacks them of itself on one host only.
  const libraries = new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium'));
  setupLambdaEnvironment(join(await inflate(fileURLToPath(libraries)), 'lib'));
  return packaged.executablePath();
}
