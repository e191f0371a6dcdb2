/**
 * Line ends and tabs are harmless. Other control characters can move the cursor or set colours, and some reverse text.
 */
const harmful = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** The user's text in a form that cannot control the terminal. */
export function printable(text) {
  return text
    .replaceAll('\r\n', '\n')
    .replace(harmful, (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, '0')}`);
}
