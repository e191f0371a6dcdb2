/** Line ends and tabs are harmless. Other control characters could move the cursor or set colours, and some turn text round. */
const harmful = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** Text of the user's, to be shown: a terminal takes no orders from it. */
export function printable(text) {
  return text
    .replaceAll('\r\n', '\n')
    .replace(harmful, (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, '0')}`);
}
