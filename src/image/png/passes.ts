/** Pixels of an interlaced image that are stored as an image of their own. */
export interface Pass {
  /** The first pixel. */
  readonly x: number;
  readonly y: number;
  /** From one pixel to the next, across and down. */
  readonly stepX: number;
  readonly stepY: number;
  /** In pixels of the pass, at least 1. */
  readonly width: number;
  readonly height: number;
}

/** x, y, stepX, stepY of Adam7: ISO/IEC 15948, 8.2. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The passes of an interlaced image that have pixels. */
export function adam7Passes(width: number, height: number): Pass[] {
  return ADAM7
    .map(([x, y, stepX, stepY]) => ({
      x,
      y,
      stepX,
      stepY,
      width: Math.ceil((width - x) / stepX),
      height: Math.ceil((height - y) / stepY),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);
}
