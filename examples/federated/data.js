/** Rows of numbers in classes. Each class has two clusters, so that no linear model tells them apart. */
import { drawSeed, mulberry32 } from '../../tools/random.js';

export const featureCount = 12;
export const classCount = 9;
const clustersPerClass = 2;
const spread = 1.1;
/** How many rows of a client belong to the classes that are mostly its own. */
const ownShare = 0.8;

function gaussian(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** @returns `drawRow(classIndex, random)` for the world of this seed. */
function makeWorld(seed) {
  const random = mulberry32(seed);
  const vector = () => Array.from({ length: featureCount }, () => gaussian(random));
  const centres = Array.from({ length: classCount * clustersPerClass }, vector);
  return (label, draw) => {
    const centre = centres[label * clustersPerClass + Math.floor(draw() * clustersPerClass)];
    return { features: centre.map((value) => value + spread * gaussian(draw)), label };
  };
}

/** Endless rows of one of several clients. They differ: each has most of its rows from a part of the classes. */
export function* drawRows({ seed, client, clients }) {
  const drawRow = makeWorld(seed);
  const random = mulberry32(drawSeed(mulberry32(seed + 1 + client)));
  const own = Array.from({ length: classCount }, (_, label) => label).filter((label) => label % clients === client);
  for (;;) {
    const label = random() < ownShare ? own[Math.floor(random() * own.length)] : Math.floor(random() * classCount);
    yield drawRow(label, random);
  }
}

/** Rows that no client trains on, with every class equally often. */
export function heldOutRows({ seed, count }) {
  const drawRow = makeWorld(seed);
  const random = mulberry32(drawSeed(mulberry32(seed)));
  return Array.from({ length: count }, (_, i) => drawRow(i % classCount, random));
}

export const oneHot = (label) => Array.from({ length: classCount }, (_, i) => Number(i === label));
