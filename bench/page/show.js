/** Tables and charts of a report, as elements of the page. */
import * as echarts from 'echarts';
import { chartOption } from '../chart-option.js';

function element(name, content, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...[content].flat());
  return made;
}

export function tableElement({ title, head, rows }) {
  const line = (cell) => (cells) =>
    element(
      'tr',
      cells.map((text) => element(cell, text)),
    );
  const table = element('table', [element('thead', line('th')(head)), element('tbody', rows.map(line('td')))]);
  // Focusable, so that the arrow keys scroll it if it is wider than the screen.
  const scroll = element('div', table, { className: 'scroll', tabIndex: 0, role: 'region', ariaLabel: title });
  return element('section', [element('h2', title), scroll]);
}

const dark = matchMedia('(prefers-color-scheme: dark)');

/** @param place an element of the page, since a chart measures the place where it is put. */
export function showChart(place, chart) {
  const container = element('div', [], { className: 'chart', role: 'img', ariaLabel: chart.title });
  place.append(container);
  const drawn = echarts.init(container, null, { renderer: 'svg' });
  const draw = () => drawn.setOption(chartOption(chart, dark.matches ? 'dark' : 'light'));
  draw();
  dark.addEventListener('change', draw);
  new ResizeObserver(() => drawn.resize()).observe(container);
}

export function factElements(facts) {
  return Object.entries(facts).flatMap(([name, value]) => [element('dt', name), element('dd', value)]);
}

export function choiceElement(name, value, text, properties) {
  return element('label', [element('input', [], { type: 'checkbox', name, value, ...properties }), ` ${text}`]);
}
