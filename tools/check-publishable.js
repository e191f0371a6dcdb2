/**
 * Stops `npm publish` as long as package.json does not say where the repository is. The package's page on npm finds
 * pictures and links of the README through it, and shows broken ones without.
 */
import { readFileSync } from 'node:fs';

const description = JSON.parse(readFileSync('package.json', 'utf8'));
const missing = ['repository', 'homepage', 'bugs'].filter((key) => !description[key]);

if (missing.length > 0) {
  console.error(`package.json lacks ${missing.join(', ')}: see "Release" in CONTRIBUTING.md. Nothing was published.`);
  process.exitCode = 1;
}
