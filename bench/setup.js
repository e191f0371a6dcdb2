import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';

// The same path from this file and from the bundle in dist/.
const manifest = new URL('../package.json', import.meta.url);

/** The setup, to be stated beside figures: what was run, and on what machine. */
export function describeSetup({ command, tfjs, short }) {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const { node, v8 } = process.versions;
  const [{ model }, ...others] = cpus();
  return {
    command: [...command, ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString(),
    machine: {
      cpu: model.trim(),
      cores: 1 + others.length,
      memoryBytes: totalmem(),
      system: `${platform()} ${release()} ${arch()}`,
    },
    versions: { 'tfjs-lookahead': version, tfjs, Node: node, V8: v8 },
    short,
  };
}
