import { lerpPath } from 'tfjs-lookahead';
import { gridPoints } from '../charts/contours.js';
import { type Curve, createLossChart } from '../charts/loss-chart.js';
import { Controls } from '../page/controls.js';
import { findIn } from '../page/dom.js';
import { formatNumber, formatPercent } from '../page/format.js';
import { type Experiment, Player } from '../page/player.js';
import { Readouts } from '../page/readouts.js';
import type { InnerOptimizer } from '../training/inner-optimizers.js';
import { readTrainerSettings } from '../training/settings.js';
import { Comparison, type Evaluation } from './comparison.js';
import { area, createDecisionMap } from './map.js';

const grid = gridPoints(area, 64);
const kinds = ['plain', 'fast', 'slow'] as const;
const trained = ['plain', 'fast'] as const;

const learningRates: Record<InnerOptimizer, number> = {
  SGD: 10 ** -0.5,
  Momentum: 10 ** -1,
  Adam: 10 ** -1.5,
  RMSProp: 10 ** -1.7,
};

function curvesOf(evaluations: Evaluation[]): Curve[] {
  const training = trained.map((kind) => ({
    id: `${kind}, training`,
    color: kind,
    width: 1,
    opacity: 0.5,
    points: evaluations.flatMap(({ step, trainingLoss: { [kind]: loss } }): [number, number][] =>
      loss === undefined ? [] : [[step, loss]],
    ),
  }));
  const heldOut = kinds.map((kind) => ({
    id: kind,
    color: kind,
    width: kind === 'fast' ? 1.5 : 3,
    opacity: 1,
    points: evaluations.map(({ step, loss }): [number, number] => [step, loss[kind]]),
  }));
  return [...training, ...heldOut];
}

function tell(readouts: Readouts, { step, loss, accuracy, trainingLoss }: Evaluation): void {
  readouts.set('steps', String(step));
  for (const kind of kinds) {
    readouts.set(`${kind} loss`, formatNumber(loss[kind]));
    readouts.set(`${kind} accuracy`, formatPercent(accuracy[kind]));
  }
  for (const kind of trained) {
    const mean = trainingLoss[kind];
    readouts.set(`${kind} training`, mean === undefined ? '–' : formatNumber(mean));
  }
}

const formatMicroseconds = (value: number) => (Number.isNaN(value) ? '–' : `${formatNumber(value)} µs`);

function tellCost(readouts: Readouts, { cost, stepPath }: Comparison): void {
  const { microsecondsPerStep, microsecondsPerMerge, mergeShare } = cost;
  readouts.set('plain step time', formatMicroseconds(microsecondsPerStep.plain));
  readouts.set('Lookahead step time', formatMicroseconds(microsecondsPerStep.lookahead));
  readouts.set('step path', stepPath);
  readouts.set('merge path', lerpPath());
  readouts.set('merge time', formatMicroseconds(microsecondsPerMerge));
  readouts.set('merge share', Number.isNaN(mergeShare) ? '–' : formatPercent(mergeShare));
}

function summarize({ step, accuracy }: Evaluation): string {
  return (
    `Step ${step}. Held-out points told right: plain ${formatPercent(accuracy.plain)}, ` +
    `slow weights ${formatPercent(accuracy.slow)}.`
  );
}

export function networkSection(section: HTMLElement): Player {
  const controls = new Controls(findIn(section, 'form'));
  const readouts = new Readouts(section);
  const drawPlain = createDecisionMap(findIn(section, '.map.plain'));
  const drawSlow = createDecisionMap(findIn(section, '.map.slow'));
  const drawLosses = createLossChart(findIn(section, '.losses'), 'value');

  const settings = () => readTrainerSettings(controls);
  let comparison: Comparison | undefined;

  async function build(): Promise<Experiment> {
    const running = new Comparison(controls.choice('dataset'), settings());
    const { evaluations } = running;
    const points = (await running.training.points.array()) as number[][];
    const now = () => evaluations.at(-1) as Evaluation;
    comparison = running;
    return {
      step: () => running.step(),
      async show() {
        await running.evaluate();
        const { plain, slow } = await running.probabilities(grid);
        drawPlain({ points, probabilities: plain });
        drawSlow({ points, probabilities: slow });
        drawLosses(curvesOf(evaluations));
        tell(readouts, now());
        tellCost(readouts, running);
      },
      summary: () => summarize(now()),
      dispose() {
        comparison = undefined;
        running.dispose();
      },
    };
  }

  const player = new Player(section, { build, stepsPerSecond: () => 1000, drawEveryMs: 100, stepsPerRun: 2000 });
  const setSuitableRate = () => controls.set('learningRate', learningRates[settings().inner]);
  setSuitableRate();
  controls.onSlide(() => comparison?.configure(settings()));
  controls.onChoose((name) => {
    if (name === 'inner') setSuitableRate();
    player.restart();
  });
  return player;
}
