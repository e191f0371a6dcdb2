import { addressWriter, settingsInAddress } from './address.js';
import { findIn } from './dom.js';

/** By the name of a select list, the values of the sliders that suit what is chosen in it. */
export type Suggestions = Record<string, (controls: Controls) => Record<string, number>>;

const isLogarithmic = (slider: HTMLInputElement) => slider.dataset.scale === 'log';

/** The value that a slider stands for. On a logarithmic one the position is the exponent, and the value is rounded. */
const readSlider = (slider: HTMLInputElement) =>
  isLogarithmic(slider) ? Number((10 ** slider.valueAsNumber).toPrecision(3)) : slider.valueAsNumber;

/** Where a slider has to stand for a value; not finite if there is no such place. */
const positionOf = (slider: HTMLInputElement, value: number) => (isLogarithmic(slider) ? Math.log10(value) : value);

/** The sliders and select lists of a form, by their names. They are as the address says. */
export class Controls {
  readonly #form: HTMLFormElement;
  readonly #suggestions: Suggestions;

  /** First puts the templates of the page, which the forms share, into their places. */
  constructor(form: HTMLFormElement, suggestions: Suggestions) {
    this.#form = form;
    this.#suggestions = suggestions;
    for (const { id, content } of document.querySelectorAll('template')) {
      findIn(form, id).replaceWith(content.cloneNode(true));
    }
    for (const slider of this.#sliders()) slider.addEventListener('input', () => this.#tell(slider));
    for (const list of this.#lists()) list.addEventListener('change', () => this.#suggest(list.name));
    this.#restore(settingsInAddress(form.name));
    form.addEventListener(
      'input',
      addressWriter(form.name, () => this.#settings),
    );
  }

  number(name: string): number {
    return readSlider(this.#input(name));
  }

  choice<T extends string>(name: string): T {
    return (this.#form.elements.namedItem(name) as HTMLSelectElement).value as T;
  }

  onSlide(listener: () => void): void {
    for (const slider of this.#sliders()) slider.addEventListener('input', listener);
  }

  onChoose(listener: () => void): void {
    for (const list of this.#lists()) list.addEventListener('change', listener);
  }

  get #settings(): Map<string, string> {
    const choices = [...this.#lists()].map(({ name, value }): [string, string] => [name, value]);
    const values = [...this.#sliders()].map((slider): [string, string] => [slider.name, String(readSlider(slider))]);
    return new Map([...choices, ...values]);
  }

  /**
   * Takes the settings of an address. Where it lacks one, or the value makes no sense, the form's own or the suggestion
   * stays.
   */
  #restore(settings: Map<string, string>): void {
    for (const list of this.#lists()) {
      // Not form.dataset, which could be a control of that name.
      const wanted = settings.get(list.name) ?? this.#form.getAttribute(`data-${list.name}`);
      const option = [...list.options].find(({ value }) => value === wanted);
      if (option) option.selected = true;
    }
    for (const { name } of this.#lists()) this.#suggest(name);
    for (const slider of this.#sliders()) {
      const position = positionOf(slider, Number.parseFloat(settings.get(slider.name) ?? ''));
      if (Number.isFinite(position)) slider.valueAsNumber = position;
      this.#tell(slider);
    }
  }

  #suggest(list: string): void {
    for (const [name, value] of Object.entries(this.#suggestions[list]?.(this) ?? {})) {
      const slider = this.#input(name);
      slider.valueAsNumber = positionOf(slider, value);
      this.#tell(slider);
    }
  }

  #sliders() {
    return this.#form.querySelectorAll<HTMLInputElement>('input[type=range]');
  }

  #lists() {
    return this.#form.querySelectorAll('select');
  }

  #input(name: string): HTMLInputElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }

  /** Shows the value, and tells it to screen readers, which would otherwise read out the exponent. */
  #tell(slider: HTMLInputElement): void {
    const text = String(readSlider(slider));
    slider.setAttribute('aria-valuetext', text);
    findIn<HTMLOutputElement>(slider.closest('label') as HTMLLabelElement, 'output').value = text;
  }
}
