/**
 * The JPEG decoder's kernels, in AssemblyScript: what runs for every block. They use the
 * memory of `../layout.ts` only, and no SIMD.
 */
export { reconstructRow } from "./coefficients";
export { convertRows } from "./color";
export { buildTable } from "./huffman";
export { decodeRow } from "./scan";
export { prepare } from "./tables";
