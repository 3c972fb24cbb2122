/**
 * Both ways to read a JPEG, in one part of a bundle.
 *
 * @module
 */
export { decodeJpeg } from "./decode.ts";
export { readJpegInput } from "./read_input.ts";
