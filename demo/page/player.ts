import { findIn } from './dom.js';
import { describeError } from './errors.js';

/** An experiment that runs on the page, one step at a time. */
export interface Experiment {
  step(): void;
  /** Reads and draws what has happened since the last drawing. */
  show(): Promise<void>;
  /** One sentence for those who cannot see the drawing. */
  summary(): string;
  dispose(): void;
}

export interface PlayerOptions {
  build: () => Promise<Experiment>;
  stepsPerSecond: () => number;
  /** The least time from one drawing to the next. */
  drawEveryMs: number;
  /** After this many steps it pauses by itself, because nothing on a page should move for ever. */
  stepsPerRun: number;
}

/** The longest time that the steps of one frame may take, so that the page stays responsive. */
const STEPPING_MS = 12;

const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));

/** The buttons of a section (start, pause, step, reset), and the experiment that they control. */
export class Player {
  /** Called at a start, so that others can pause. */
  onPlay: () => void = () => {};
  readonly #options: PlayerOptions;
  readonly #playButton: HTMLButtonElement;
  readonly #status: HTMLElement;
  readonly #alert: HTMLElement;
  #experiment: Experiment | undefined;
  #run: AbortController | undefined;
  /** One thing at a time, in the order of the requests, because reading from a backend takes a while. */
  #last: Promise<void> = Promise.resolve();
  #pendingStep: Promise<void> | undefined;

  constructor(section: HTMLElement, options: PlayerOptions) {
    this.#options = options;
    const onClick = (name: string, listener: () => void) => {
      const button = findIn<HTMLButtonElement>(section, `button[name=${name}]`);
      button.addEventListener('click', listener);
      return button;
    };
    this.#playButton = onClick('play', () => (this.isPlaying ? this.pause() : this.play()));
    onClick('step', () => this.step());
    onClick('reset', () => this.reset());
    this.#status = findIn(section, '[role=status]');
    this.#alert = findIn(section, '[role=alert]');
  }

  get isPlaying(): boolean {
    return this.#run !== undefined;
  }

  play(): void {
    this.pause();
    const run = new AbortController();
    this.#run = run;
    this.#playButton.textContent = 'Pause';
    this.#alert.textContent = '';
    this.onPlay();
    this.#enqueue(() => this.#play(run.signal));
  }

  pause(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#playButton.textContent = 'Start';
  }

  step(): void {
    this.pause();
    // A key that is held down asks for more steps than a slow backend can do.
    if (this.#pendingStep === this.#last) return;
    this.#pendingStep = this.#enqueue(async () => {
      this.#pendingStep = undefined;
      this.#experiment?.step();
      await this.#showAndTell();
    });
  }

  /**
   * Builds the experiment anew once `ready`, with the settings of the controls at that time. Other requests wait
   * meanwhile.
   */
  reset(ready?: Promise<void>): Promise<void> {
    this.close();
    this.#alert.textContent = '';
    return this.#enqueue(async () => {
      await ready;
      this.#experiment = await this.#options.build();
      await this.#showAndTell();
    });
  }

  /** The same, and then continues if it was running. */
  restart(): void {
    const wasPlaying = this.isPlaying;
    this.reset();
    if (wasPlaying) this.play();
  }

  /** Disposes everything that the experiment holds. */
  close(): Promise<void> {
    this.pause();
    return this.#enqueue(async () => {
      this.#experiment?.dispose();
      this.#experiment = undefined;
    });
  }

  async #play(signal: AbortSignal): Promise<void> {
    const { stepsPerSecond, drawEveryMs, stepsPerRun } = this.#options;
    const experiment = this.#experiment;
    let before = await nextFrame();
    let drawn = before;
    let due = 0;
    let steps = 0;
    let shown = 0;
    while (experiment && !signal.aborted && steps < stepsPerRun) {
      const now = await nextFrame();
      due += ((now - before) / 1000) * stepsPerSecond();
      before = now;
      const end = performance.now() + STEPPING_MS;
      for (; due >= 1 && steps < stepsPerRun && performance.now() < end; --due, ++steps) experiment.step();
      due %= 1; // steps that there was no time for are skipped
      if (steps > shown && now - drawn >= drawEveryMs) {
        await experiment.show();
        drawn = now;
        shown = steps;
      }
    }
    if (!signal.aborted) this.pause();
    await this.#showAndTell(steps === stepsPerRun ? ` Paused by itself after ${steps} steps.` : '');
  }

  async #showAndTell(addition = ''): Promise<void> {
    await this.#experiment?.show();
    this.#status.textContent = (this.#experiment?.summary() ?? '') + addition;
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(task).catch((error) => {
      this.pause();
      this.#alert.textContent = describeError(error);
    });
    return this.#last;
  }
}
