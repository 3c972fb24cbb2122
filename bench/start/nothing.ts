/**
 * A program that does nothing: what remains is the runtime's own start.
 *
 * @module
 */
export {};
