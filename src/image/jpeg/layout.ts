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

/** Where everything lies in WASM memory, in bytes. */
export interface Layout {
  readonly scan: number;
  readonly frame: number;
  readonly components: readonly ComponentLayout[];
  /** Of a place for each of {@linkcode MAX_HUFFMAN_TABLES}. */
  readonly huffman: number;
  /** Of a DHT segment's table. */
  readonly definition: number;
  /** Of a block. */
  readonly block: number;
  readonly lines: number;
  readonly lineBytes: number;
  /** Of {@linkcode WINDOW_BYTES} of the file. */
  readonly window: number;
  /** Of RGBA pixels, for a row of MCUs. */
  readonly pixels: number;
  /** Of all stored blocks, which must be 0 at first. */
  readonly blocks: number;
  /** The end of all. */
  readonly bytes: number;
}

/** Where what belongs to a component lies. */
export interface ComponentLayout {
  readonly record: number;
  readonly factors: number;
  readonly places: number;
  readonly samples: number;
  readonly stride: number;
  readonly ring: number;
  /** 0 where no blocks are stored. */
  readonly blocks: number;
  readonly blocksAcross: number;
  readonly blockBytes: number;
}

/** How much of a file lies in memory at a time. */
export const WINDOW_BYTES = 1 << 16;

/** Two for each of four components. */
export const MAX_HUFFMAN_TABLES = 8;

const DEFINITION_BYTES = 16 + 256;
/** The coefficients, and one for what goes nowhere. */
const BLOCK_BYTES = (NOWHERE + 1) * 4;
/** Beside each row of samples: the kernels read and write a sample beyond. */
const MARGIN = 8;

/**
 * Lays out the memory for a plan. Its bytes are bounded by the image's width: of
 * rows of MCUs two are there, and the pixels of one. Only where blocks must be
 * stored do they grow with the image: by 8 bytes a block, and 2 for each
 * coefficient that the scale needs.
 */
export function planMemory(
  { components, columns, rows, rowHeight, delay, region, isStored, width }:
    Plan,
): Layout {
  let end = FIXED_BYTES;
  const claim = (bytes: number) => {
    const start = end;
    end += Math.ceil(bytes / 8) * 8;
    return start;
  };
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
  const pixels = claim(
    (region.right - region.left) * 4 * (rowHeight + delay),
  );
  const samples = components.map(({ h, v, side }) => {
    const stride = columns * h * side + 2 * MARGIN;
    const ring = 2 * v * side;
    return { samples: claim(stride * ring) + MARGIN, stride, ring };
  });
  const blocks = end;
  const stored = components.map(({ h, v, side }) => {
    const blockBytes = Math.ceil((MAP_BYTES + side * side * 2) / 8) * 8;
    const blocksAcross = columns * h;
    return {
      blocks: isStored ? claim(blocksAcross * rows * v * blockBytes) : 0,
      blocksAcross,
      blockBytes,
    };
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
    bytes: end,
  };
}
