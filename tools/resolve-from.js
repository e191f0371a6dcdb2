import { register } from 'node:module';

/**
 * Lets all modules that are imported from now on find some packages in another folder than their own.
 *
 * @param folder its URL, where node_modules is.
 * @param packages how the names of these packages start: `@tensorflow/`, for instance.
 */
export function resolveFrom(folder, packages) {
  const hooks = `
    const packages = ${JSON.stringify(packages)};
    export async function resolve(specifier, context, next) {
      const isTheirs = packages.some((start) => specifier.startsWith(start));
      const parentURL = isTheirs ? ${JSON.stringify(folder.href)} : context.parentURL;
      return next(specifier, { ...context, parentURL });
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
