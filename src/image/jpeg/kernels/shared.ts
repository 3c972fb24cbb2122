/**
 * The exports that `deno task build` describes for TypeScript in
 * `../modules/shared.ts`.
 */
export { MAP_BYTES } from "./coefficients";
export { Color } from "./color";
export { HUFFMAN_BYTES } from "./huffman";
export {
  Component,
  COMPONENT_BYTES,
  Frame,
  FRAME_BYTES,
  NOWHERE,
  Scan,
  SCAN_BYTES,
} from "./records";
export { ScanKind } from "./scan";
export { COEFFICIENTS, FIXED_BYTES } from "./tables";
