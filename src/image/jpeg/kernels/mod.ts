/**
 * The JPEG decoder's kernels, in AssemblyScript: all that runs for every block.
 * They use no memory but what `../layout.ts` gives them, and no SIMD.
 */
export { reconstructRow } from "./coefficients";
export { convertRows } from "./color";
export { buildTable } from "./huffman";
export { decodeRow } from "./scan";
export { prepare } from "./tables";
