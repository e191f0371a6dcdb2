import { lerpPath } from 'tfjs-lookahead';
import { gridPoints } from '../charts/contours.js';
import { type Curve, createLossChart } from '../charts/loss-chart.js';
import { Controls, type Suggestions } from '../page/controls.js';
import { findIn } from '../page/dom.js';
import { formatDuration, formatNumber, formatPercent } from '../page/format.js';
import { type Experiment, Player } from '../page/player.js';
import { Readouts } from '../page/readouts.js';
import { connect } from '../training/connect.js';
import { readTrainerSettings, suggestOuterRate } from '../training/settings.js';
import { Comparison, type Evaluation } from './comparison.js';
import { type DatasetName, datasets } from './datasets.js';
import { area, createDecisionMap } from './map.js';
import { recent, spreadOf } from './recent.js';
import { verdict } from './verdict.js';

const grid = gridPoints(area, 48);
const kinds = ['plain', 'fast', 'slow'] as const;

function curvesOf(evaluations: Evaluation[]): Curve[] {
  return kinds.map((kind) => ({
    id: kind,
    color: kind,
    width: kind === 'slow' ? 3 : 1.5,
    opacity: 1,
    points: evaluations.map(({ step, loss }): [number, number] => [step, loss[kind]]),
  }));
}

const nowOf = (comparison: Comparison) => comparison.now as Evaluation;

function tell(readouts: Readouts, comparison: Comparison): void {
  const { step, loss, accuracy } = nowOf(comparison);
  readouts.set('steps', String(step));
  for (const kind of kinds) {
    const spread = spreadOf(kind, comparison.evaluations, step);
    readouts.set(`${kind} loss`, formatNumber(loss[kind]));
    readouts.set(`${kind} recent`, spread ? `${formatNumber(spread.mean)} ± ${formatNumber(spread.deviation)}` : '–');
    readouts.set(`${kind} accuracy`, formatPercent(accuracy[kind]));
  }
}

const durationOrNone = (value: number) => (Number.isNaN(value) ? '–' : formatDuration(value));

function tellCost(readouts: Readouts, { cost, stepPath, hasKernels }: Comparison): void {
  const { microsecondsPerStep, microsecondsPerMerge, mergeShare } = cost;
  readouts.set('plain step time', durationOrNone(microsecondsPerStep.plain));
  readouts.set('Lookahead step time', durationOrNone(microsecondsPerStep.lookahead));
  readouts.set('step path', stepPath);
  readouts.set('kernels', hasKernels ? 'with Lookahead' : 'for wasm alone');
  readouts.set('merge path', lerpPath());
  readouts.set('merge time', durationOrNone(microsecondsPerMerge));
  readouts.set('merge share', Number.isNaN(mergeShare) ? '–' : formatPercent(mergeShare));
}

function summarize(comparison: Comparison, inner: string): string {
  const { evaluations } = comparison;
  const { step, accuracy } = nowOf(comparison);
  const [plain, slow] = [spreadOf('plain', evaluations, step), spreadOf('slow', evaluations, step)];
  if (plain && slow) return verdict(inner, plain, slow);
  const [plainPercent, slowPercent] = [formatPercent(accuracy.plain), formatPercent(accuracy.slow)];
  return `Accuracy on held-out points: plain ${inner} ${plainPercent}, slow weights ${slowPercent}.`;
}

const suitableRate = (controls: Controls) => ({
  learningRate: datasets[controls.choice<DatasetName>('dataset')].learningRates[readTrainerSettings(controls).inner],
});

const suggestions: Suggestions = { inner: suitableRate, dataset: suitableRate, outer: suggestOuterRate };

export function networkSection(section: HTMLElement): Player {
  const controls = new Controls(findIn(section, 'form'), suggestions);
  const readouts = new Readouts(section);
  const drawMap = createDecisionMap(findIn(section, '.map'));
  const drawLosses = createLossChart(findIn(section, '.losses'));

  const settings = () => readTrainerSettings(controls);
  let comparison: Comparison | undefined;

  async function build(): Promise<Experiment> {
    const running = new Comparison(controls.choice('dataset'), grid, settings());
    const points = (await running.training.points.array()) as number[][];
    comparison = running;
    return {
      step: () => running.step(),
      async show() {
        await running.read();
        const now = nowOf(running);
        drawMap({ points, now, recent: recent(running.evaluations, now.step) });
        drawLosses(curvesOf(running.evaluations));
        tell(readouts, running);
        tellCost(readouts, running);
      },
      summary: () => summarize(running, settings().inner),
      dispose() {
        comparison = undefined;
        running.dispose();
      },
    };
  }

  const player = new Player(section, { build, stepsPerSecond: () => 1000, drawEveryMs: 100, stepsInAll: 1000 });
  connect(section, controls, player, () => comparison?.configure(settings()));
  return player;
}
