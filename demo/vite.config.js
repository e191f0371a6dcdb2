/** Relative addresses, so that the built page can be published in any folder. */
export default { base: './', build: { chunkSizeWarningLimit: Number.POSITIVE_INFINITY } };
