export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Errors that nobody caught are shown at the top of the page, because few people have the console open. */
export function tellUncaughtErrors(element: HTMLElement): void {
  addEventListener('error', ({ error, message }) => {
    element.textContent = error ? describeError(error) : message;
  });
  addEventListener('unhandledrejection', ({ reason }) => {
    element.textContent = describeError(reason);
  });
}
