const END = '<!-- end -->';

/**
 * Replaces the text of a page between the comment `<!-- name -->` and the next `<!-- end -->`.
 *
 * @throws Error if the page has no such place, because the new text would silently be lost.
 */
export function replaceRegion(page, name, content) {
  const start = `<!-- ${name} -->\n`;
  const from = page.indexOf(start);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`The page has no place for '${name}': ${start.trim()} … ${END}`);
  return `${page.slice(0, from + start.length)}\n${content}\n\n${page.slice(to)}`;
}
