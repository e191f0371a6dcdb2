/** An element that the page is known to have. If it is missing, index.html has a mistake, and the error says so. */
export function findIn<T extends HTMLElement>(parent: ParentNode, selector: string): T {
  const found = parent.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no '${selector}'.`);
  return found;
}
