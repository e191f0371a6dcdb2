/** What the page is known to have: a miss is a mistake in index.html, and worth an error that says so. */
export function findIn<T extends HTMLElement>(parent: ParentNode, selector: string): T {
  const found = parent.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no '${selector}'.`);
  return found;
}
