import type { ScatterSeriesOption } from 'echarts/charts';
import { lerpPath } from 'tfjs-lookahead';
import { type Area, contourSeries, contoursOf, gridPoints } from '../charts/contours.js';
import { createLossChart } from '../charts/loss-chart.js';
import { createMap } from '../charts/map-chart.js';
import type { Colors } from '../charts/theme.js';
import { Controls } from '../page/controls.js';
import { formatNumber, formatPercent } from '../page/format.js';
import { type Experiment, Player } from '../page/player.js';
import { Readouts } from '../page/readouts.js';
import type { InnerOptimizer } from '../training/inner-optimizers.js';
import type { TrainerSettings } from '../training/trainer.js';
import { Comparison, type Evaluation } from './comparison.js';
import type { DatasetName } from './datasets.js';

const area: Area = { x: [-2.2, 2.2], y: [-2.2, 2.2] };
const grid = gridPoints(area);
const learningRates: Record<InnerOptimizer, number> = {
  SGD: 10 ** -0.5,
  Momentum: 10 ** -1.2,
  Adam: 10 ** -1.8,
  RMSProp: 10 ** -2,
};
const certainties = [0.5, 0.6, 0.7, 0.8, 0.9];

type Side = 'plain' | 'slow';

function describeMap(probabilities: Float32Array, points: number[][], colors: Colors) {
  const scatter = (id: string, parity: number, symbol: string, color: string): ScatterSeriesOption => ({
    id,
    type: 'scatter',
    silent: true,
    symbol,
    symbolSize: 6,
    itemStyle: { color, borderColor: colors.surface, borderWidth: 1, opacity: 1 },
    data: points.filter((_, i) => i % 2 === parity),
  });
  const first = probabilities.map((probability) => 1 - probability);
  return {
    area,
    series: [
      { id: 'first class', ...contourSeries(contoursOf(first, area, certainties), colors['class-a'], 0) },
      { id: 'second class', ...contourSeries(contoursOf(probabilities, area, certainties), colors['class-b'], 0) },
      { id: 'border', ...contourSeries(contoursOf(probabilities, area, [0.5]), colors.ink, 1) },
      scatter('first points', 0, 'circle', colors['class-a']),
      scatter('second points', 1, 'triangle', colors['class-b']),
    ],
  };
}

export function networkSection(section: HTMLElement): Player {
  const controls = new Controls(section.querySelector('form') as HTMLFormElement);
  const readouts = new Readouts(section);
  const settings = (): TrainerSettings => ({
    inner: controls.choice<InnerOptimizer>('inner'),
    learningRate: controls.number('learningRate'),
    k: controls.number('k'),
    alpha: controls.number('alpha'),
  });
  const preset = () => controls.set('learningRate', learningRates[settings().inner]);

  let comparison: Comparison | undefined;
  let points: number[][] = [];
  let probabilities: Record<Side, Float32Array> = { plain: new Float32Array(), slow: new Float32Array() };

  const drawMaps = (['plain', 'slow'] as const).map((side) =>
    createMap(section.querySelector(`.map[data-side=${side}]`) as HTMLElement, (colors) =>
      describeMap(probabilities[side], points, colors),
    ),
  );
  const drawLosses = createLossChart(section.querySelector('.losses') as HTMLElement, (colors) => [
    ...(['plain', 'fast'] as const).map((name) => ({
      id: `${name}, training`,
      color: colors[name],
      width: 1,
      opacity: 0.35,
      points: (comparison?.losses ?? []).map((losses, i): [number, number] => [i, losses[name]]),
    })),
    ...(['plain', 'fast', 'slow'] as const).map((name) => ({
      id: name,
      color: colors[name],
      width: name === 'fast' ? 1.5 : 2.5,
      points: (comparison?.evaluations ?? []).map(({ step, loss }): [number, number] => [step, loss[name]]),
    })),
  ]);

  async function build(): Promise<Experiment> {
    const running = new Comparison(controls.choice<DatasetName>('dataset'), settings());
    comparison = running;
    points = (await running.training.points.array()) as number[][];
    return {
      step: () => running.step(),
      async show() {
        await running.read();
        probabilities = await running.probabilities(grid);
        for (const draw of [...drawMaps, drawLosses]) draw();
        tell(running);
      },
      summary() {
        const { accuracy } = running.evaluations.at(-1) as Evaluation;
        return (
          `Step ${running.losses.length}. Right on held-out points: plain ${formatPercent(accuracy.plain)}, ` +
          `Lookahead, slow weights ${formatPercent(accuracy.slow)}.`
        );
      },
      dispose() {
        running.dispose();
        comparison = undefined;
      },
    };
  }

  function tell({ losses, evaluations, mergeCost }: Comparison): void {
    const { loss, accuracy } = evaluations.at(-1) as Evaluation;
    const recent = losses.slice(-10);
    for (const name of ['plain', 'fast', 'slow'] as const) {
      readouts.set(`${name} loss`, formatNumber(loss[name]));
      readouts.set(`${name} accuracy`, formatPercent(accuracy[name]));
    }
    for (const name of ['plain', 'fast'] as const) {
      const mean = recent.reduce((sum, losses) => sum + losses[name], 0) / recent.length;
      readouts.set(`${name} training`, recent.length ? formatNumber(mean) : '–');
    }
    readouts.set('steps', String(losses.length));
    readouts.set('merge path', lerpPath());
    readouts.set('merge time', mergeCost.merges ? `${formatNumber(mergeCost.microsecondsPerMerge)} µs` : '–');
    readouts.set('merge share', mergeCost.merges ? formatPercent(mergeCost.share) : '–');
  }

  const player = new Player(section, {
    build,
    stepsPerSecond: () => 1000,
    drawEveryMs: 100,
    stepsPerRun: 2000,
  });
  preset();
  controls.onSlide(() => comparison?.configure(settings()));
  controls.onChoose((name) => {
    if (name === 'inner') preset();
    player.restart();
  });
  return player;
}
