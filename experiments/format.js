/** Six digits: float32 has no more, and no figure needs more. */
const toSixDigits = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);

/** JSON with one line for each entry of an array, so that a change shows as the lines that changed. */
export function toJson(object) {
  const lines = Object.entries(object).map(([key, value]) => {
    const content = Array.isArray(value)
      ? `[\n${value.map((entry) => `    ${JSON.stringify(entry, toSixDigits)}`).join(',\n')}\n  ]`
      : JSON.stringify(value, toSixDigits);
    return `  ${JSON.stringify(key)}: ${content}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}
