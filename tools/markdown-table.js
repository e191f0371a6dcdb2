const isNumber = (cell) => /^[-−–]?[\d.]/.test(cell);
const isBlank = (cell) => cell === '' || cell === '–';

/** A table in Markdown. A column is aligned to the right if most of its cells are numbers. */
export function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => {
    const cells = rows.map((row) => row[column]).filter((cell) => !isBlank(cell));
    return cells.filter(isNumber).length > cells.length / 2 ? '--:' : '---';
  });
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
