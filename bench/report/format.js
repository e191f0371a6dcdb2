export const integer = (x) => Math.round(x).toLocaleString('en');

/** Three significant digits, without an exponent. */
export const figure = (x) => x.toLocaleString('en', { maximumSignificantDigits: 3 });

export const microseconds = (ns) => figure(ns / 1000);

export const ratio = (x) => `${figure(x)} x`;

/** A median with its quartiles. */
export const spread = ({ median, p25, p75 }) => `${figure(median)} (${figure(p25)} to ${figure(p75)})`;

export const none = '–';
