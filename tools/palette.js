/** Colours that the colour-blind can tell apart, and that stand out on light and dark (Okabe, Ito). */
export const palette = {
  blue: '#0072b2',
  vermilion: '#d55e00',
  green: '#009e73',
  pink: '#cc79a7',
  orange: '#e69f00',
  sky: '#56b4e9',
  black: '#000000',
};

/** The same in every picture of a training: an inner optimizer alone, and Lookahead around it. */
export const trainingColors = { alone: palette.blue, slow: palette.vermilion, fast: palette.green };

/** From where Lookahead is better, over where both are equal, to where the inner optimizer alone is. */
export const comparisonColors = [
  '#7f2f00',
  palette.vermilion,
  '#f3b58a',
  '#f7f7f7',
  '#8fc1de',
  palette.blue,
  '#003a5c',
];

/** The slow steps that descend from Lookahead's, which is gradient descent on slow - fast. */
export const slowStepColors = {
  alone: trainingColors.alone,
  sgd: trainingColors.slow,
  heavyBall: palette.pink,
  diloco: palette.black,
  snoo: palette.orange,
};
