import * as tf from '@tensorflow/tfjs';
import { type Contours, contoursOf, gridPoints } from '../charts/contours.js';
import { createLossChart } from '../charts/loss-chart.js';
import { Controls } from '../page/controls.js';
import { findIn } from '../page/dom.js';
import { formatNumber } from '../page/format.js';
import { type Experiment, Player } from '../page/player.js';
import { Readouts } from '../page/readouts.js';
import { readTrainerSettings } from '../training/settings.js';
import { Descent, type TracedStep } from './descent.js';
import { createSurfaceMap } from './map.js';
import { type Surface, type SurfaceName, surfaces } from './surfaces.js';

/** Fine enough for the narrow floor of Rosenbrock's valley. */
const GRID_SIDE = 192;

const kinds = ['plain', 'fast', 'slow'] as const;

/** Closer together towards the minimum, where the slope is gentle. */
function thresholdsOf(heights: Float32Array): number[] {
  const count = 14;
  const highest = heights.reduce((a, b) => Math.max(a, b));
  return Array.from({ length: count }, (_, i) => highest * ((i + 0.5) / count) ** 3);
}

async function findContours({ loss, area }: Surface): Promise<Contours> {
  const heights = tf.tidy(() => loss(tf.tensor2d(gridPoints(area, GRID_SIDE))));
  const values = (await heights.data()) as Float32Array;
  heights.dispose();
  return contoursOf(values, area, thresholdsOf(values));
}

function distance(from: [number, number], to: [number, number]): string {
  return formatNumber(Math.hypot(from[0] - to[0], from[1] - to[1]));
}

function tell(readouts: Readouts, { minimum }: Surface, trace: TracedStep[]): void {
  const now = trace.at(-1) as TracedStep;
  for (const kind of kinds) {
    readouts.set(`${kind} loss`, formatNumber(now[kind].loss));
    readouts.set(`${kind} distance`, distance(now[kind].point, minimum));
  }
  readouts.set('steps', String(trace.length - 1));
  readouts.set('merges', String(trace.filter(({ merged }) => merged).length));
  readouts.set('fast to slow', distance(now.fast.point, now.slow.point));
}

function summarize(trace: TracedStep[]): string {
  const { plain, fast, slow } = trace.at(-1) as TracedStep;
  return (
    `Step ${trace.length - 1}. Loss: plain ${formatNumber(plain.loss)}, ` +
    `fast weights ${formatNumber(fast.loss)}, slow weights ${formatNumber(slow.loss)}.`
  );
}

export function surfaceSection(section: HTMLElement): Player {
  const controls = new Controls(findIn(section, 'form'));
  const readouts = new Readouts(section);
  const drawMap = createSurfaceMap(findIn(section, '.map'));
  const drawLosses = createLossChart(findIn(section, '.losses'), 'log');

  const chosen = (): Surface => surfaces[controls.choice<SurfaceName>('surface')];
  const settings = () => ({ ...readTrainerSettings(controls), noise: controls.number('noise') });
  let descent: Descent | undefined;

  async function build(): Promise<Experiment> {
    const surface = chosen();
    const contours = await findContours(surface);
    const running = new Descent(surface, settings());
    const { trace } = running;
    descent = running;
    return {
      step: () => running.step(),
      async show() {
        await running.read();
        drawMap({ surface, contours, trace });
        drawLosses(
          kinds.map((kind) => ({
            id: kind,
            color: kind,
            width: kind === 'slow' ? 3 : 1.5,
            opacity: 1,
            points: trace.map((step, i) => [i, step[kind].loss]),
          })),
        );
        tell(readouts, surface, trace);
      },
      summary: () => summarize(trace),
      dispose() {
        descent = undefined;
        running.dispose();
      },
    };
  }

  const player = new Player(section, {
    build,
    stepsPerSecond: () => controls.number('speed'),
    drawEveryMs: 0,
    stepsPerRun: 500,
  });
  const setSuitableRate = () => controls.set('learningRate', chosen().learningRates[settings().inner]);
  setSuitableRate();
  controls.onSlide(() => descent?.configure(settings()));
  controls.onChoose((name) => {
    setSuitableRate();
    if (name === 'surface') controls.set('noise', chosen().noise);
    player.restart();
  });
  return player;
}
