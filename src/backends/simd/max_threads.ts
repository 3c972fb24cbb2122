/** The most threads that an engine may have. */
export const MAX_THREADS = 64;
