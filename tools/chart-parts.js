/** An axis with its title beside it, that a picture overrides where it likes. */
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

/** Of lines alone, with room for a font that is wider than the one that is measured here. */
export const legend = (data, options = {}) => ({
  data,
  top: 42,
  itemGap: 40,
  itemStyle: { opacity: 0 },
  textStyle: { fontSize: 13 },
  ...options,
});
