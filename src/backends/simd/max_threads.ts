/** Upper bound of the threads of an engine. */
export const MAX_THREADS = 64;
