import * as tf from '@tensorflow/tfjs';
import { type Contours, contoursOf, gridPoints } from '../charts/contours.js';
import { createLossChart } from '../charts/loss-chart.js';
import { Controls, type Suggestions } from '../page/controls.js';
import { findIn } from '../page/dom.js';
import { formatNumber } from '../page/format.js';
import { type Experiment, Player } from '../page/player.js';
import { Readouts } from '../page/readouts.js';
import { connect } from '../training/connect.js';
import { readTrainerSettings, suggestOuterRate } from '../training/settings.js';
import { Descent, type DescentSettings, type Place, type TracedStep } from './descent.js';
import { createSurfaceMap } from './map.js';
import { speedAfter } from './pace.js';
import { type Surface, type SurfaceName, surfaces } from './surfaces.js';
import { verdict } from './verdict.js';

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

const distance = (from: [number, number], to: [number, number]) => Math.hypot(from[0] - to[0], from[1] - to[1]);

function tell(readouts: Readouts, { minimum }: Surface, trace: TracedStep[]): void {
  const now = trace.at(-1) as TracedStep;
  for (const kind of kinds) {
    readouts.set(`${kind} loss`, formatNumber(now[kind].loss));
    readouts.set(`${kind} distance`, formatNumber(distance(now[kind].point, minimum)));
  }
  readouts.set('steps', String(trace.length - 1));
  readouts.set('merges', String(trace.filter(({ merged }) => merged).length));
  readouts.set('fast to slow', formatNumber(distance(now.fast.point, now.slow.point)));
}

function summarize({ inner, learningRate }: DescentSettings, surface: Surface, trace: TracedStep[]): string {
  if (trace.length === 1) return '';
  const { minimum, start, limit = Number.POSITIVE_INFINITY } = surface;
  const { plain, slow } = trace.at(-1) as TracedStep;
  const from = ({ point }: Place) => distance(point, minimum);
  const isAtLimit = inner === 'SGD' && learningRate > 0.9 * limit && learningRate < limit;
  return verdict(inner, from(plain), from(slow), distance(start, minimum), isAtLimit);
}

const chosenIn = (controls: Controls): Surface => surfaces[controls.choice<SurfaceName>('surface')];
const settingsIn = (controls: Controls) => ({ ...readTrainerSettings(controls), noise: controls.number('noise') });

const suitableRate = (controls: Controls) => chosenIn(controls).learningRates[settingsIn(controls).inner];

const suggestions: Suggestions = {
  inner: (controls) => ({ learningRate: suitableRate(controls) }),
  surface: (controls) => ({ learningRate: suitableRate(controls), noise: chosenIn(controls).noise }),
  outer: suggestOuterRate,
};

export function surfaceSection(section: HTMLElement): Player {
  const controls = new Controls(findIn(section, 'form'), suggestions);
  const readouts = new Readouts(section);
  const drawMap = createSurfaceMap(findIn(section, '.map'));
  const drawLosses = createLossChart(findIn(section, '.losses'));

  const settings = () => settingsIn(controls);
  let descent: Descent | undefined;

  async function build(): Promise<Experiment> {
    const surface = chosenIn(controls);
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
      summary: () => summarize(settings(), surface, trace),
      dispose() {
        descent = undefined;
        running.dispose();
      },
    };
  }

  const player = new Player(section, {
    build,
    stepsPerSecond: () => speedAfter(descent?.trace ?? [], settings().k, controls.number('speed')),
    drawEveryMs: 0,
    stepsInAll: 200,
  });
  connect(section, controls, player, () => descent?.configure(settings()));
  return player;
}
