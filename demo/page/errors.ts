export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What nobody caught is told at the top of the page, rather than in a console that few have open. */
export function tellUncaughtErrors(element: HTMLElement): void {
  addEventListener('error', ({ error, message }) => {
    element.textContent = error ? describeError(error) : message;
  });
  addEventListener('unhandledrejection', ({ reason }) => {
    element.textContent = describeError(reason);
  });
}
