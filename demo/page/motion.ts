/** Whether the page may move by itself. */
export const mayMove = (): boolean => !matchMedia('(prefers-reduced-motion: reduce)').matches;
