import { findIn } from './dom.js';
import { describeError } from './errors.js';
import { mayMove } from './motion.js';

/** An experiment that runs on the page, one step at a time. */
export interface Experiment {
  step(): void;
  /** Reads and draws what has happened since the last drawing. */
  show(): Promise<void>;
  /** The outcome so far, in words. */
  summary(): string;
  dispose(): void;
}

export interface PlayerOptions {
  build: () => Promise<Experiment>;
  stepsPerSecond: () => number;
  /** The least time from one drawing to the next. */
  drawEveryMs: number;
  /** After this many steps it is finished, because nothing on a page should move for ever. */
  stepsInAll: number;
}

/** The longest time that the steps of one frame may take, so that the page stays responsive. */
const STEPPING_MS = 12;

/** A frame that took longer, because the page was busy, counts as this long, so that what plays slowly does not jump. */
const LONGEST_FRAME_MS = 100;

/** The time from one drawing to the next where nothing should seem to move. */
const STILL_MS = 500;

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
  #steps = 0;
  #resets = 0;
  #run: { abort: AbortController; still: boolean } | undefined;
  /** The last request. They run one at a time, in their order, because reading from a backend takes a while. */
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

  /** From the beginning, if it was finished. */
  play(): void {
    this.#start(false);
  }

  /** Plays. For those who want nothing to move, it runs to the end and then shows what came out. */
  present(): void {
    this.#start(!mayMove());
  }

  pause(): void {
    this.#run?.abort.abort();
    this.#run = undefined;
    this.#labelButton();
  }

  step(): void {
    this.pause();
    // A key that is held down asks for more steps than a slow backend can do.
    if (this.#pendingStep === this.#last) return;
    this.#pendingStep = this.#enqueue(async () => {
      this.#pendingStep = undefined;
      this.#step();
      await this.#showAndTell();
      this.#labelButton();
    });
  }

  /**
   * Builds the experiment anew once `ready`, with the settings of the controls at that time. Other requests wait
   * meanwhile. Of several resets in a row only the last one builds.
   */
  reset(ready?: Promise<void>): Promise<void> {
    this.close();
    this.#alert.textContent = '';
    const reset = ++this.#resets;
    return this.#enqueue(async () => {
      await ready;
      if (reset !== this.#resets) return;
      this.#experiment = await this.#options.build();
      await this.#showAndTell();
      this.#labelButton();
    });
  }

  /** The same, and then runs again, if it was running or finished. */
  restart(): void {
    const run = this.#run;
    const wasFinished = this.#isFinished;
    this.reset();
    if (run) this.#start(run.still);
    else if (wasFinished) this.present();
  }

  /** A setting has changed: calls `configure` if the run can carry on with it, and else restarts. */
  adjust(configure: () => void): void {
    if (this.#isFinished || this.#run?.still) this.restart();
    else configure();
  }

  /** Disposes everything that the experiment holds. */
  close(): Promise<void> {
    this.pause();
    return this.#enqueue(async () => {
      this.#experiment?.dispose();
      this.#experiment = undefined;
      this.#steps = 0;
    });
  }

  get #isFinished(): boolean {
    return this.#steps >= this.#options.stepsInAll;
  }

  #start(still: boolean): void {
    this.pause();
    if (this.#isFinished) this.reset();
    const abort = new AbortController();
    this.#run = { abort, still };
    this.#labelButton();
    this.#alert.textContent = '';
    this.onPlay();
    this.#enqueue(() => this.#play(abort.signal, still));
  }

  async #play(signal: AbortSignal, still: boolean): Promise<void> {
    if (signal.aborted) return;
    const { stepsPerSecond } = this.#options;
    const drawEveryMs = still ? STILL_MS : this.#options.drawEveryMs;
    this.#status.textContent = 'Running.';
    let before = await nextFrame();
    let drawn = before;
    let due = 0;
    let shown = this.#steps;
    while (this.#experiment && !signal.aborted && !this.#isFinished) {
      const now = await nextFrame();
      const seconds = Math.min(now - before, LONGEST_FRAME_MS) / 1000;
      // Due steps that there was no time for are skipped.
      due = still ? Number.POSITIVE_INFINITY : (due % 1) + seconds * stepsPerSecond();
      before = now;
      const end = performance.now() + STEPPING_MS;
      for (; due >= 1 && !this.#isFinished && performance.now() < end; --due) this.#step();
      if (this.#steps > shown && now - drawn >= drawEveryMs) {
        await this.#experiment?.show();
        drawn = now;
        shown = this.#steps;
      }
    }
    if (!signal.aborted) this.pause();
    await this.#showAndTell();
  }

  #step(): void {
    if (!this.#experiment) return;
    this.#experiment.step();
    ++this.#steps;
  }

  #labelButton(): void {
    const atRest = this.#isFinished ? 'Start again' : this.#steps > 0 ? 'Continue' : 'Start';
    this.#playButton.textContent = this.isPlaying ? 'Pause' : atRest;
  }

  async #showAndTell(): Promise<void> {
    await this.#experiment?.show();
    const where = this.#isFinished ? `Finished after ${this.#steps} steps.` : `Step ${this.#steps}.`;
    this.#status.textContent = this.#experiment ? `${where} ${this.#experiment.summary()}` : '';
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(task).catch((error) => {
      this.pause();
      this.#alert.textContent = describeError(error);
    });
    return this.#last;
  }
}
