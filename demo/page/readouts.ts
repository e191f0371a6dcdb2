import { findIn } from './dom.js';

/** The places of a section that show a figure, by the name in their data-readout attribute. */
export class Readouts {
  readonly #section: HTMLElement;

  constructor(section: HTMLElement) {
    this.#section = section;
  }

  set(name: string, text: string): void {
    findIn(this.#section, `[data-readout="${name}"]`).textContent = text;
  }
}
