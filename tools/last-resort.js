/**
 * How long to wait for what should come, before giving up: far longer than it takes on any machine, however slow or
 * busy, so that a wait only ends by it when nothing would ever come. In milliseconds.
 */
export const LAST_RESORT_MS = 10 * 60_000;
