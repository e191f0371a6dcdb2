/** @returns a function that returns how many milliseconds were spent in a method of the object since this call. */
export function stopwatch(object, method) {
  const original = object[method].bind(object);
  let milliseconds = 0;
  object[method] = (...args) => {
    const start = performance.now();
    try {
      return original(...args);
    } finally {
      milliseconds += performance.now() - start;
    }
  };
  return () => milliseconds;
}
