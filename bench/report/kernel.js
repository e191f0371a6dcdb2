import { figure, integer, none, ratio } from './format.js';

const BYTES = { simd: 12, js: 12, c: 12, copy: 8 };

const names = { simd: 'WASM SIMD', js: 'JS loop', c: 'C loop', copy: 'set() copy' };

export function tables({ c, sizes }) {
  const rows = sizes.map(({ elements, ns, skipped }) => {
    if (skipped) return [integer(elements), `skipped: ${skipped}`, ...new Array(7).fill(none)];
    const rate = (name) => ns[name] && (BYTES[name] * elements) / ns[name].median;
    const compared = (name) => (ns[name] ? ratio(rate('simd') / rate(name)) : none);
    return [
      integer(elements),
      ...['simd', 'c', 'copy', 'js'].map((name) => (ns[name] ? figure(rate(name)) : none)),
      figure(ns.simd.median / elements),
      ...['c', 'copy', 'js'].map(compared),
    ];
  });
  return [
    {
      name: 'kernel',
      title: 'The bare kernel, out = start + weight * (end - start), in GB/s: 12 bytes an element, 8 for the copy',
      note: `C: ${c}.`,
      head: [
        'elements',
        'WASM SIMD',
        'C loop',
        'set() copy',
        'JS loop',
        'ns/element',
        'SIMD : C',
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
    isLimit: name === 'c' || name === 'copy',
    points: measured.filter(({ ns }) => ns[name]).map(({ elements, ns }) => [elements, ns[name].median / elements]),
  });
  return [
    {
      name: 'kernel',
      title: 'The bare kernel and its limits',
      x: 'elements',
      y: 'ns per element',
      lines: ['simd', 'js', 'c', 'copy'].map(line).filter(({ points }) => points.length > 0),
    },
  ];
}
