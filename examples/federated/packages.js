/** DISCO's packages, in a folder of their own: the server, the clients, and the TensorFlow.js that both use. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { explain, UserError } from '../../tools/errors.js';
import { areInstalled, installPackages, npm } from '../../tools/install-packages.js';

export const folder = new URL('../../build/federated/', import.meta.url);

/** The beginnings of the names of packages that have to come from there. */
export const packages = ['@tensorflow/', '@epfml/', 'server'];

const version = '^3.0.0';
const published = {
  '@epfml/discojs': version,
  '@epfml/discojs-node': version,
  server: `npm:@epfml/disco-server@${version}`,
};
const tarballs = {
  '@epfml/discojs': /^epfml-discojs-\d.*\.tgz$/,
  '@epfml/discojs-node': /^epfml-discojs-node-\d.*\.tgz$/,
  server: /^(epfml-disco-)?server-\d.*\.tgz$/,
};

/** The folder that holds DISCO's packages, as .tgz files; undefined for npm's registry. */
export const discoPackages = process.env.DISCO_PACKAGES || undefined;

const howToGet = `Build them, which was tried with version 3.0.0 (commit 10b4be70), name the folder, and run this again:
    git clone https://github.com/epfml/disco && cd disco
    npm ci --ignore-scripts --include-workspace-root -w isomorphic-wrtc -w discojs -w discojs-node -w server
    npm -w discojs run build && npm -w discojs-node run build && npm -w server run build
    npm pkg set version=3.0.0 -w server
    npm pack -w discojs -w discojs-node -w server
    export DISCO_PACKAGES=$PWD && cd -`;

/** The package.json of all that has to be installed, with these packages of DISCO. */
const packageFile = (disco) =>
  JSON.stringify({
    private: true,
    // DISCO imports debug without listing it.
    dependencies: { ...disco, '@tensorflow/tfjs': '4.22.0', debug: '4' },
    overrides: {
      ...Object.fromEntries(['@epfml/discojs', '@epfml/discojs-node'].map((name) => [name, `$${name}`])),
      // The native parts of these are downloaded from elsewhere, at their installation.
      '@tensorflow/tfjs-node': 'npm:@tensorflow/tfjs@4.22.0',
      'isomorphic-wrtc': 'npm:@roamhq/wrtc@^0.10.0',
      '@koush/wrtc': 'npm:@roamhq/wrtc@^0.10.0',
      sharp: '^0.33.5',
    },
  });

/**
 * Installs all, unless it is there already.
 *
 * @param signal ends the installation.
 * @throws UserError if they cannot be had there. It says where they are, and how to build them.
 */
export async function installDisco(signal) {
  const from = discoPackages;
  const files = from === undefined ? { 'package.json': packageFile(published) } : filesOf(from);
  if (areInstalled(folder, files)) return;
  if (from === undefined && !(await arePublished(signal))) {
    throw new UserError(`npm does not find DISCO's packages in its registry. ${howToGet}`);
  }
  console.error("Installing DISCO's packages into build/federated (700 MB)...");
  await installPackages({ folder, files, command: 'install', signal });
}

async function arePublished(signal) {
  const specs = Object.entries(published).map(([name, spec]) =>
    spec.startsWith('npm:') ? spec.slice('npm:'.length) : `${name}@${spec}`,
  );
  const found = await Promise.allSettled(
    specs.map((spec) => npm(['view', spec, 'version', '--fetch-retries=0'], { signal })),
  );
  signal.throwIfAborted();
  return found.every(({ value }) => value?.trim());
}

function filesOf(from) {
  let names;
  try {
    names = readdirSync(from);
  } catch (error) {
    throw new UserError(`DISCO_PACKAGES: '${from}' cannot be read: ${explain(error)}`);
  }
  const disco = {};
  const digests = [];
  for (const [name, pattern] of Object.entries(tarballs)) {
    const file = names.find((each) => pattern.test(each));
    if (!file) throw new UserError(`DISCO_PACKAGES: '${from}' has no package of ${name}. ${howToGet}`);
    const path = resolve(join(from, file));
    disco[name] = `file:${path}`;
    digests.push(createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  // Packages that are built anew have the same names.
  return { 'package.json': packageFile(disco), digests: digests.join('\n') };
}
