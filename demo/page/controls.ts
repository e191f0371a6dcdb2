import { findIn } from './dom.js';
import { formatNumber } from './format.js';

const isLogarithmic = (slider: HTMLInputElement) => slider.dataset.scale === 'log';

/** The value that a slider stands for. On a logarithmic one the position is the exponent. */
const readSlider = (slider: HTMLInputElement) =>
  isLogarithmic(slider) ? 10 ** slider.valueAsNumber : slider.valueAsNumber;

/** The sliders and select lists of a form, by their names. */
export class Controls {
  readonly #form: HTMLFormElement;

  /** First puts the templates of the page, which the forms share, into their places. */
  constructor(form: HTMLFormElement) {
    this.#form = form;
    for (const { id, content } of document.querySelectorAll('template')) {
      findIn(form, id).replaceWith(content.cloneNode(true));
    }
    for (const slider of this.#sliders()) {
      slider.addEventListener('input', () => this.#tell(slider));
      this.#tell(slider);
    }
  }

  number(name: string): number {
    return readSlider(this.#input(name));
  }

  choice<T extends string>(name: string): T {
    return (this.#form.elements.namedItem(name) as HTMLSelectElement).value as T;
  }

  set(name: string, value: number): void {
    const slider = this.#input(name);
    slider.valueAsNumber = isLogarithmic(slider) ? Math.log10(value) : value;
    this.#tell(slider);
  }

  onSlide(listener: () => void): void {
    for (const slider of this.#sliders()) slider.addEventListener('input', listener);
  }

  onChoose(listener: (name: string) => void): void {
    for (const list of this.#form.querySelectorAll('select')) {
      list.addEventListener('change', () => listener(list.name));
    }
  }

  #sliders() {
    return this.#form.querySelectorAll<HTMLInputElement>('input[type=range]');
  }

  #input(name: string): HTMLInputElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }

  /** Shows the value, and tells it to screen readers, which would otherwise read out the exponent. */
  #tell(slider: HTMLInputElement): void {
    const text = formatNumber(readSlider(slider));
    slider.setAttribute('aria-valuetext', text);
    findIn<HTMLOutputElement>(slider.closest('label') as HTMLLabelElement, 'output').value = text;
  }
}
