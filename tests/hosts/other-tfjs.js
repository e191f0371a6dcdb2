/** Lets the suite, and the package, import the TensorFlow.js of another folder than the root's. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

/** @param folder the URL of a folder with a package.json and its lock; installed at the first use. */
export function useTfjsOf(folder) {
  if (!existsSync(new URL('node_modules', folder))) {
    // Without scripts: those of tfjs-node would download a native part.
    const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts'], {
      cwd: fileURLToPath(folder),
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }
  const hooks = `
    export async function resolve(specifier, context, next) {
      const parentURL = specifier.startsWith('@tensorflow/') ? ${JSON.stringify(folder.href)} : context.parentURL;
      return next(specifier, { ...context, parentURL });
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
