export const sequenceLength = 16;
export const batchSize = 16;

const mostClasses = 96;
const heldOutDivisor = 10;
const mostHeldOutWindows = 256;

/** The least that gives the held-out part a window: the characters of a sequence, and the one to predict after it. */
export const fewestCharacters = heldOutDivisor * (sequenceLength + 1);

/**
 * Characters as classes: 0 is the most frequent, and the last class stands for all that are not in the vocabulary.
 * The vocabulary comes from the training part alone, because the held-out part must not influence it.
 */
export function makeDataset(content) {
  const codePoints = toCodePoints(content);
  const split = codePoints.length - Math.ceil(codePoints.length / heldOutDivisor);
  const frequencies = countEach(codePoints.subarray(0, split));
  const vocabulary = [...frequencies.keys()]
    .sort((a, b) => frequencies.get(b) - frequencies.get(a) || a - b)
    .slice(0, mostClasses - 1);
  const classes = new Map(vocabulary.map((codePoint, i) => [codePoint, i]));
  const encoded = codePoints.map((codePoint) => classes.get(codePoint) ?? vocabulary.length);
  return {
    training: encoded.subarray(0, split),
    heldOut: encoded.subarray(split),
    classCount: vocabulary.length + 1,
    decode: (sequence) => String.fromCodePoint(...sequence.map((i) => vocabulary[i] ?? 0xfffd)),
  };
}

/** Endless batches of windows at random places of the training part. */
export function* drawBatches({ training }, random) {
  const places = training.length - sequenceLength;
  for (;;) yield Array.from({ length: batchSize }, () => windowAt(training, Math.floor(random() * places)));
}

/** The same windows for every model, evenly spread over the held-out part. No character is predicted twice. */
export function heldOutBatches({ heldOut }) {
  const lastPlace = heldOut.length - sequenceLength - 1;
  const count = Math.min(mostHeldOutWindows, 1 + Math.floor(lastPlace / sequenceLength));
  const windows = Array.from({ length: count }, (_, i) =>
    windowAt(heldOut, Math.floor((i * lastPlace) / Math.max(1, count - 1))),
  );
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, i) =>
    windows.slice(i * batchSize, (i + 1) * batchSize),
  );
}

/** The loss of predicting from frequencies alone, in nats per character. A model has to be below it. */
export function unigramLoss({ training, classCount }, batches) {
  const frequencies = countEach(training);
  const targets = batches.flat().flatMap((window) => [...window.subarray(1)]);
  let nats = 0;
  for (const target of targets) {
    // One is added to each count, because a class that never occurs in training needs some probability too.
    nats -= Math.log(((frequencies.get(target) ?? 0) + 1) / (training.length + classCount));
  }
  return nats / targets.length;
}

/** One character longer than the sequence: it holds the inputs and, one place later, the targets. */
function windowAt(classes, place) {
  return classes.subarray(place, place + sequenceLength + 1);
}

function toCodePoints(content) {
  const codePoints = new Uint32Array(content.length);
  let length = 0;
  for (const character of content) codePoints[length++] = character.codePointAt(0);
  return codePoints.subarray(0, length);
}

function countEach(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
