import { findIn } from './dom.js';

/** The places of a section that hold a figure, each named by its data-readout. */
export class Readouts {
  readonly #section: HTMLElement;

  constructor(section: HTMLElement) {
    this.#section = section;
  }

  set(name: string, text: string): void {
    findIn(this.#section, `[data-readout="${name}"]`).textContent = text;
  }
}
