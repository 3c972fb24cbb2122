import { FIXED_BYTES, REACH } from "./modules/shared.ts";

/** Where everything lies in WASM memory, in bytes. */
export interface Layout {
  /** Of RGBA [256]. */
  readonly table: number;
  /** Of {@linkcode WINDOW_BYTES} of the file. */
  readonly window: number;
  /** Of what is inflated. */
  readonly output: number;
  readonly outputEnd: number;
  /** Of two rows, each with the number of its filter before it. */
  readonly rows: readonly [number, number];
  /** Of RGBA pixels, for a row. */
  readonly pixels: number;
  /** The end of all. */
  readonly bytes: number;
}

/** How much of a file lies in memory at a time. */
export const WINDOW_BYTES = 1 << 16;

/** How far back matches reach, and what is inflated at once. */
const OUTPUT_BYTES = REACH + (1 << 16);
/** Before a row: zeros in the place of the pixel left of it, at most 8, and its filter. */
export const MARGIN = 16;

/**
 * Lays out the memory for a row size: about 200 KB, plus a row's pixels and twice
 * its bytes.
 */
export function planMemory(width: number, rowBytes: number): Layout {
  let end = FIXED_BYTES;
  const claim = (bytes: number) => {
    const start = end;
    end += Math.ceil(bytes / 8) * 8;
    return start;
  };
  const table = claim(256 * 4);
  const window = claim(WINDOW_BYTES);
  const output = claim(OUTPUT_BYTES);
  const outputEnd = end;
  const rows = [
    claim(MARGIN + rowBytes) + MARGIN,
    claim(MARGIN + rowBytes) + MARGIN,
  ] as const;
  const pixels = claim(width * 4);
  return { table, window, output, outputEnd, rows, pixels, bytes: end };
}
