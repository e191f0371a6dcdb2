/** A seeded data set of classes that overlap and that no linear model can tell apart, and how it is split over peers. */
import { mulberry32 } from '../../tools/random.js';
import { normals } from '../gaussian.js';

export const features = 8;
export const classes = 8;
export const sampleCount = 4096;
const clustersPerClass = 3;
const spread = 1.5;

/** @returns as many samples of each class: their features, one after the other, and their classes. */
export function makeData(seed) {
  const random = mulberry32(seed);
  const centres = normals(random, classes * clustersPerClass * features).map((value) => spread * value);
  const x = Float32Array.from(normals(random, sampleCount * features));
  const labels = Uint8Array.from({ length: sampleCount }, (_, i) => i % classes);
  for (let i = 0; i < sampleCount; ++i) {
    const cluster = labels[i] * clustersPerClass + Math.floor(clustersPerClass * random());
    for (let j = 0; j < features; ++j) x[i * features + j] += centres[cluster * features + j];
  }
  return { x, labels };
}

/** Which samples each peer has, all of them as many: 'equal', every class; 'unequal', two classes only. */
const classesOf = {
  equal: () => Array.from({ length: classes }, (_, i) => i),
  unequal: (peer, peers) => (peers === 1 ? classesOf.equal() : [(2 * peer) % classes, (2 * peer + 1) % classes]),
};

/** @returns for each peer the indices of its samples. Each sample is with one peer. */
export function splitData(split, peers) {
  const owners = Array.from({ length: classes }, () => []);
  for (let peer = 0; peer < peers; ++peer) for (const each of classesOf[split](peer, peers)) owners[each].push(peer);
  const samples = Array.from({ length: peers }, () => []);
  for (let i = 0; i < sampleCount; ++i) {
    const mine = owners[i % classes];
    samples[mine[Math.floor(i / classes) % mine.length]].push(i);
  }
  return samples;
}
