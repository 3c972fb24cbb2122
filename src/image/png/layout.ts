import { startClaims } from "../reuse_kernels.ts";
import { FIXED_BYTES, REACH } from "./modules/shared.ts";

/** Addresses in WASM memory. */
export type Layout = ReturnType<typeof planMemory>;

/** Bytes of a file that are in memory at a time. */
export const WINDOW_BYTES = 1 << 16;

/** The maximum distance of matches, plus the bytes inflated at a time. */
const OUTPUT_BYTES = REACH + (1 << 16);
/** Before a row: its filter, after zeros for the missing pixel on its left. */
export const MARGIN = 16;

/**
 * Plans the memory: about 200 KB, a row's pixels, twice its stored bytes, and a whole
 * image of `imageBytes`.
 */
export function planMemory(width: number, rowBytes: number, imageBytes = 0) {
  const claim = startClaims(FIXED_BYTES);
  const claimRow = () => claim(MARGIN + rowBytes) + MARGIN;
  return {
    /** RGBA [256]. */
    table: claim(256 * 4),
    window: claim(WINDOW_BYTES),
    output: claim(OUTPUT_BYTES),
    outputEnd: claim(0),
    rows: [claimRow(), claimRow()] as const,
    /** RGBA, of a row. */
    pixels: claim(width * 4),
    image: claim(imageBytes),
    /** The total size in bytes. */
    bytes: claim(0),
  };
}
