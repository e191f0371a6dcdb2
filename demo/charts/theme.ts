const names = ['plain', 'fast', 'slow', 'class-a', 'class-b', 'ink', 'ink-soft', 'line', 'height', 'surface'] as const;

export type Colors = Record<(typeof names)[number], string>;

const dark = matchMedia('(prefers-color-scheme: dark)');

/**
 * The colours of the style sheet, which has one set for light and one for dark. A canvas cannot refer to them itself.
 */
export function currentColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colors;
}

export function onColorsChange(listener: () => void): void {
  dark.addEventListener('change', listener);
}
