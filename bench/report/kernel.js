import { palette } from '../../tools/palette.js';
import { figure, integer, none, ratio } from './format.js';

const BYTES = { simd: 12, js: 12, c: 12, c16: 12, copy: 8 };

const names = { simd: 'WASM SIMD', js: 'JS loop', c: 'C loop', c16: 'C loop, 16-byte registers', copy: 'set() copy' };

/** The kernel and the loop in JavaScript have the same colours as in the charts of whole merges. */
const colors = {
  simd: palette.pink,
  js: palette.green,
  c: palette.black,
  c16: palette.sky,
  copy: palette.orange,
};

export function tables({ c, sizes }) {
  const rows = sizes.map(({ elements, ns, skipped }) => {
    if (skipped) return [integer(elements), `skipped: ${skipped}`, ...new Array(9).fill(none)];
    const rate = (name) => ns[name] && (BYTES[name] * elements) / ns[name].median;
    const compared = (name) => (ns[name] ? ratio(rate('simd') / rate(name)) : none);
    return [
      integer(elements),
      ...['simd', 'c', 'c16', 'copy', 'js'].map((name) => (ns[name] ? figure(rate(name)) : none)),
      figure(ns.simd.median / elements),
      ...['c', 'c16', 'copy', 'js'].map(compared),
    ];
  });
  return [
    {
      name: 'kernel',
      title: 'The bare kernel, out = start + weight * (end - start), in GB/s: 12 bytes an element, 8 for the copy',
      note: `C: ${c}; "16 bytes": with -mprefer-vector-width=128, since WebAssembly has no wider registers.`,
      labels: 1,
      head: [
        'elements',
        'WASM SIMD',
        'C loop',
        'C, 16 bytes',
        'set() copy',
        'JS loop',
        'ns/element',
        'SIMD : C',
        'SIMD : C, 16 bytes',
        'SIMD : copy',
        'SIMD : JS',
      ],
      rows,
    },
  ];
}

export function charts({ sizes }) {
  const measured = sizes.filter(({ ns }) => ns);
  const line = (name) => ({
    name: names[name],
    color: colors[name],
    isLimit: ['c', 'c16', 'copy'].includes(name),
    points: measured.filter(({ ns }) => ns[name]).map(({ elements, ns }) => [elements, ns[name].median / elements]),
  });
  return [
    {
      name: 'kernel',
      title: 'The bare kernel and its limits',
      x: 'elements',
      y: 'ns per element',
      lines: ['simd', 'js', 'c', 'c16', 'copy'].map(line).filter(({ points }) => points.length > 0),
    },
  ];
}
