/**
 * The settings of a form in the address, as `form.setting=value`, so that a link opens the page as it is. They appear
 * once one of them has been changed.
 */

/** Some browsers refuse more than a hundred changes of the address in half a minute. */
const PAUSE_MS = 300;

export function settingsInAddress(form: string): Map<string, string> {
  const prefix = `${form}.`;
  const ours = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith(prefix));
  return new Map(ours.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** @returns a function that puts the form's settings into the address a moment after its last call. */
export function addressWriter(form: string, settings: () => Map<string, string>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    const address = new URL(location.href);
    for (const [name, value] of settings()) address.searchParams.set(`${form}.${name}`, value);
    history.replaceState(null, '', address);
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE_MS);
  };
}
