import { startClaims } from "../reuse_kernels.ts";
import {
  COEFFICIENTS,
  COMPONENT_BYTES,
  FIXED_BYTES,
  FRAME_BYTES,
  HUFFMAN_BYTES,
  MAP_BYTES,
  NOWHERE,
  SCAN_BYTES,
} from "./modules/shared.ts";
import type { Plan } from "./plan.ts";

/** Addresses in WASM memory. */
export type Layout = ReturnType<typeof planMemory>;

/** Bytes of a file that are in memory at a time. */
export const WINDOW_BYTES = 1 << 16;

/** Two for each of four components. */
const MAX_HUFFMAN_TABLES = 8;

/** The counts and symbols of a DHT segment's table. */
const DEFINITION_BYTES = 16 + 256;
/** The coefficients, and one that goes nowhere. */
const BLOCK_BYTES = (NOWHERE + 1) * 4;
/** Beside each row of samples: the kernels read and write a sample beyond. */
const MARGIN = 8;

/**
 * Plans the memory. Two rows of MCUs and the pixels of one are in memory, so that the
 * image's width bounds it. Only stored blocks grow with the image: 8 bytes a block, and
 * 2 for each coefficient that the scale needs.
 */
export function planMemory(
  { components, columns, rows, rowHeight, delay, region, isStored, width }:
    Plan,
) {
  const claim = startClaims(FIXED_BYTES);
  const scan = claim(SCAN_BYTES);
  const frame = claim(FRAME_BYTES);
  const small = components.map(() => ({
    record: claim(COMPONENT_BYTES),
    factors: claim(COEFFICIENTS * 4),
    places: claim(COEFFICIENTS),
  }));
  const block = claim(BLOCK_BYTES);
  const huffman = claim(MAX_HUFFMAN_TABLES * HUFFMAN_BYTES);
  const definition = claim(DEFINITION_BYTES);
  const window = claim(WINDOW_BYTES);
  // Interpolation makes two pixels at a time.
  const lineBytes = Math.ceil((width + 2) / 8) * 8;
  const lines = claim(components.length * lineBytes);
  /** RGBA, of a row of MCUs. */
  const pixels = claim(
    (region.right - region.left) * 4 * (rowHeight + delay),
  );
  const samples = components.map(({ h, v, side }) => {
    const stride = columns * h * side + 2 * MARGIN;
    const ring = 2 * v * side;
    return { samples: claim(stride * ring) + MARGIN, stride, ring };
  });
  /** The stored blocks of all components, which must be 0 at first. */
  const blocks = claim(0);
  const stored = components.map(({ h, v, side }) => {
    const blockBytes = Math.ceil((MAP_BYTES + side * side * 2) / 8) * 8;
    const blocksAcross = columns * h;
    const bytes = blocksAcross * rows * v * blockBytes;
    return { blocks: isStored ? claim(bytes) : 0, blocksAcross, blockBytes };
  });
  return {
    scan,
    frame,
    components: components.map((_, i) => ({
      ...small[i]!,
      ...samples[i]!,
      ...stored[i]!,
    })),
    huffman,
    definition,
    block,
    lines,
    lineBytes,
    window,
    pixels,
    blocks,
    /** The total size in bytes. */
    bytes: claim(0),
  };
}
