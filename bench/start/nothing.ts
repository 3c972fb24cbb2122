/**
 * An empty program, to measure the start of the runtime itself.
 *
 * @module
 */
export {};
