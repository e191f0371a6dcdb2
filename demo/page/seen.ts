/** Calls `listener` once, when at least half of the element is in sight for the first time. */
export function onceSeen(element: HTMLElement, listener: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      listener();
    },
    { threshold: 0.5 },
  );
  observer.observe(element);
}
