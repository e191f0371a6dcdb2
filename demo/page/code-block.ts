import { findIn } from './dom.js';

const COPIED_MS = 2000;

/** The code of a section, and the button that copies it. */
export class CodeBlock {
  readonly #code: HTMLElement;
  readonly #button: HTMLButtonElement;

  constructor(section: HTMLElement) {
    this.#code = findIn(section, 'pre code');
    this.#button = findIn(section, 'button[name=copy]');
    this.#button.addEventListener('click', () => this.#copy());
  }

  show(code: string): void {
    this.#code.textContent = code;
  }

  async #copy(): Promise<void> {
    const label = 'Copy the code';
    try {
      await navigator.clipboard.writeText(this.#code.textContent);
      this.#button.textContent = 'Copied';
    } catch {
      // Some pages may not write to the clipboard. The person can still do so.
      getSelection()?.selectAllChildren(this.#code);
      this.#button.textContent = 'Selected, ready to copy';
    }
    setTimeout(() => {
      this.#button.textContent = label;
    }, COPIED_MS);
  }
}
