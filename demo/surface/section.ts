import * as tf from '@tensorflow/tfjs';
import type { LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import { contourSeries, contoursOf, gridPoints } from '../charts/contours.js';
import { createLossChart } from '../charts/loss-chart.js';
import { createMap } from '../charts/map-chart.js';
import type { Colors } from '../charts/theme.js';
import { Controls } from '../page/controls.js';
import { formatNumber } from '../page/format.js';
import { type Experiment, Player } from '../page/player.js';
import { Readouts } from '../page/readouts.js';
import type { InnerOptimizer } from '../training/inner-optimizers.js';
import { Descent, type DescentSettings, type Place, type TracedStep } from './descent.js';
import { type Surface, type SurfaceName, surfaces } from './surfaces.js';

type Contours = ReturnType<typeof contoursOf>;

/** Denser towards the minimum, where the slope is gentle. */
function thresholdsOf(heights: Float32Array): number[] {
  const count = 14;
  const highest = heights.reduce((a, b) => Math.max(a, b));
  return Array.from({ length: count }, (_, i) => highest * ((i + 0.5) / count) ** 3);
}

/** A map has no place for what lies far outside, and a canvas none for what has overflowed. */
function pathOf(places: Place[], { area }: Surface) {
  const reach = 100 * (area.x[1] - area.x[0]);
  return places.map(({ point }) => (Math.hypot(...point) < reach ? point : ['-', '-']));
}

/** Forward to where the fast weights got, and at a merge back to where they go on from. */
const fastPlaces = (trace: TracedStep[]) => trace.flatMap(({ fast, slow, merged }) => (merged ? [fast, slow] : [fast]));
const slowPlaces = (trace: TracedStep[]) => trace.filter(({ merged }, i) => merged || i === 0).map(({ slow }) => slow);

function describeMap(surface: Surface, contours: Contours, trace: TracedStep[], colors: Colors) {
  const path = (id: string, places: Place[], color: string, width: number, symbolSize: number): LineSeriesOption => ({
    id,
    type: 'line',
    silent: true,
    clip: true,
    data: pathOf(places, surface),
    showSymbol: symbolSize > 0,
    symbol: 'circle',
    symbolSize,
    itemStyle: { color },
    lineStyle: { color, width, join: 'round' },
  });
  const mark = (
    id: string,
    symbol: string,
    color: string,
    place: { point: [number, number] },
  ): ScatterSeriesOption => ({
    id,
    type: 'scatter',
    silent: true,
    clip: true,
    symbol,
    symbolSize: 11,
    itemStyle: { color, borderColor: colors.surface, borderWidth: 2, opacity: 1 },
    data: [place.point],
  });
  const last = trace.at(-1);
  return {
    area: surface.area,
    series: [
      { id: 'contours', ...contourSeries(contours, colors.ink, 0.25) },
      path(
        'plain',
        trace.map(({ plain }) => plain),
        colors.plain,
        1.5,
        0,
      ),
      path('fast', fastPlaces(trace), colors.fast, 1.5, 0),
      path('slow', slowPlaces(trace), colors.slow, 3, 6),
      mark('minimum', 'diamond', colors.ink, { point: surface.minimum }),
      ...(last
        ? [
            mark('plain now', 'rect', colors.plain, last.plain),
            mark('fast now', 'triangle', colors.fast, last.fast),
            mark('slow now', 'circle', colors.slow, last.slow),
          ]
        : []),
    ],
  };
}

export function surfaceSection(section: HTMLElement): Player {
  const controls = new Controls(section.querySelector('form') as HTMLFormElement);
  const readouts = new Readouts(section);
  const surface = (): Surface => surfaces[controls.choice<SurfaceName>('surface')];
  const settings = (): DescentSettings => ({
    inner: controls.choice<InnerOptimizer>('inner'),
    learningRate: controls.number('learningRate'),
    k: controls.number('k'),
    alpha: controls.number('alpha'),
    noise: controls.number('noise'),
  });
  const preset = () => controls.set('learningRate', surface().learningRates[settings().inner]);

  let descent: Descent | undefined;
  let shown = surface();
  let contours: Contours = [];
  const trace = () => descent?.trace ?? [];

  const drawMap = createMap(section.querySelector('.map') as HTMLElement, (colors) =>
    describeMap(shown, contours, trace(), colors),
  );
  const drawLosses = createLossChart(section.querySelector('.losses') as HTMLElement, (colors) =>
    (['plain', 'fast', 'slow'] as const).map((name) => ({
      id: name,
      color: colors[name],
      width: name === 'slow' ? 2.5 : 1.5,
      points: trace().map((step, i) => [i, step[name].loss]),
    })),
  );

  async function findContours(): Promise<void> {
    const heights = tf.tidy(() => shown.loss(tf.tensor2d(gridPoints(shown.area))));
    const values = (await heights.data()) as Float32Array;
    heights.dispose();
    contours = contoursOf(values, shown.area, thresholdsOf(values));
  }

  async function build(): Promise<Experiment> {
    shown = surface();
    await findContours();
    const running = new Descent(shown, settings());
    descent = running;
    return {
      step: () => running.step(),
      async show() {
        await running.read();
        drawMap();
        drawLosses();
        tell(running.trace.at(-1) as TracedStep);
      },
      summary() {
        const { plain, fast, slow } = running.trace.at(-1) as TracedStep;
        return (
          `Step ${running.trace.length - 1}. Loss: plain ${formatNumber(plain.loss)}, ` +
          `fast weights ${formatNumber(fast.loss)}, slow weights ${formatNumber(slow.loss)}.`
        );
      },
      dispose() {
        running.dispose();
        descent = undefined;
      },
    };
  }

  function tell(now: TracedStep): void {
    const distance = (from: readonly number[], to: readonly number[]) =>
      formatNumber(Math.hypot(...from.map((value, i) => value - (to[i] as number))));
    for (const name of ['plain', 'fast', 'slow'] as const) {
      readouts.set(`${name} loss`, formatNumber(now[name].loss));
      readouts.set(`${name} distance`, distance(now[name].point, shown.minimum));
    }
    readouts.set('steps', String(trace().length - 1));
    readouts.set('merges', String(trace().filter(({ merged }) => merged).length));
    readouts.set('fast to slow', distance(now.fast.point, now.slow.point));
  }

  const player = new Player(section, {
    build,
    stepsPerSecond: () => controls.number('speed'),
    drawEveryMs: 0,
    stepsPerRun: 500,
  });
  preset();
  controls.onSlide(() => descent?.configure(settings()));
  controls.onChoose((name) => {
    preset();
    if (name === 'surface') controls.set('noise', surface().noise);
    player.restart();
  });
  return player;
}
