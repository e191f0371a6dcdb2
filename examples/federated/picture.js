import { axis, legend, panelTitle } from '../../tools/chart-parts.js';
import { palette } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { formatSettings } from './report.js';

const colors = {
  alone: palette.black,
  synchronous: palette.blue,
  'local-sgd': palette.green,
  diloco: palette.vermilion,
};
const aloneName = 'each client alone';

/** SVG of the losses of all runs: over the bytes that each client has sent, and over the steps. */
export function drawLosses(settings, runs) {
  const isAlone = ({ method }) => method === 'alone';
  const together = runs.filter((run) => !isAlone(run));
  const line = (run, points, options) => ({
    type: 'line',
    name: isAlone(run) ? aloneName : run.name,
    data: points,
    // A line of one point would be invisible.
    symbol: points.length === 1 ? 'circle' : 'none',
    color: colors[run.method],
    ...options,
    lineStyle: { width: 2.5, ...options.lineStyle },
  });

  const kilobytes = together.flatMap(({ curve }) => curve.slice(1).map(({ sent }) => sent / 1000));
  // Whole decades, since a logarithmic axis labels its ends, too.
  const powerOfTen = (round, value) => 10 ** round(Math.log10(value));
  const range = [powerOfTen(Math.floor, Math.min(...kilobytes)), powerOfTen(Math.ceil, Math.max(...kilobytes))];
  const overBytes = runs.map((run) => {
    const { loss } = run.curve.at(-1);
    const panel = { xAxisIndex: 0, yAxisIndex: 0 };
    if (isAlone(run))
      return line(
        run,
        range.map((x) => [x, loss]),
        { ...panel, lineStyle: { width: 1, type: 'dashed' } },
      );
    return line(
      run,
      run.curve.slice(1).map((figures) => [figures.sent / 1000, figures.loss]),
      panel,
    );
  });
  const overSteps = runs.map((run) =>
    line(
      run,
      run.curve.map(({ step, loss }) => [step, loss]),
      { xAxisIndex: 1, yAxisIndex: 1, lineStyle: isAlone(run) ? { width: 1 } : {} },
    ),
  );

  return draw(1080, 560, {
    title: [
      {
        text: 'Federated training with DISCO',
        subtext: formatSettings(settings),
        left: 'center',
        top: 10,
        subtextStyle: { color: '#444', fontSize: 13 },
      },
      panelTitle('Loss over what each client has sent (dashed: alone, at the end)', 305, 95),
      panelTitle('Loss over steps', 805, 95),
    ],
    legend: legend([...new Set(runs.map((run) => (isAlone(run) ? aloneName : run.name)))], { top: 62 }),
    grid: [
      { left: 75, width: 460, top: 125, bottom: 65 },
      { left: 595, width: 450, top: 125, bottom: 65 },
    ],
    xAxis: [
      axis('kilobytes sent by each client', { type: 'log', min: range[0], max: range[1] }),
      axis('step of each client', { gridIndex: 1, max: settings.steps }),
    ],
    yAxis: [axis('loss of held-out rows', { nameGap: 40 }), axis('', { gridIndex: 1 })],
    series: [...overBytes, ...overSteps],
  });
}
