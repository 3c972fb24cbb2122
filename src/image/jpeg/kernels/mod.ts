/** The JPEG decoder's kernels, without SIMD: the code that runs for every block. */
export { reconstructRow } from "./coefficients";
export { convertRows } from "./color";
export { buildTable } from "./huffman";
export { decodeRow } from "./scan";
export { prepare } from "./tables";
