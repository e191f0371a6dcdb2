/** An axis with its title beside it. Pictures may override its options. */
export const axis = (name, options = {}) => ({
  type: 'value',
  name,
  nameLocation: 'middle',
  nameGap: 34,
  nameTextStyle: { color: '#222', fontSize: 13 },
  axisLabel: { color: '#222', hideOverlap: true },
  ...options,
});

/** The title of one of several panels, centred over it. */
export const panelTitle = (text, left, top) => ({
  text,
  left,
  top,
  textAlign: 'center',
  textStyle: { fontSize: 13, fontWeight: 'normal' },
});

/** A legend of lines, with room for fonts that are wider than the one measured here. */
export const legend = (data, options = {}) => ({
  data,
  top: 42,
  itemGap: 40,
  itemStyle: { opacity: 0 },
  textStyle: { fontSize: 13 },
  ...options,
});
