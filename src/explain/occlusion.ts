import type { Pixels } from "../image/mod.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import type { Grid } from "./grid.ts";

/** The grey level of the square, and its side in cells. */
const GREY = 128;
const SIDE = 2;

/**
 * Computes the probability of a class while a grey square covers a cell and half of each
 * neighbour: one value per cell.
 *
 * @param run Returns the probability of the class.
 * @param concurrency The maximum number of concurrent runs. All have ended when this
 * returns or throws.
 */
export async function runOccluded(
  input: Pixels,
  grid: Grid,
  run: (pixels: Uint8ClampedArray) => Promise<number>,
  concurrency: number,
): Promise<Float32Array> {
  const map = new Float32Array(grid.rows * grid.columns);
  const runCovered = (cell: number) => run(cover(input, grid, cell));
  let cell = 0;
  const values = mapOrdered(map.keys(), runCovered, { concurrency });
  for await (const rest of values) map[cell++] = rest;
  return map;
}

/** Covers an image with a grey square around the centre of a cell. */
function cover(
  { data, width, height }: Pixels,
  { columns, offset, stride }: Grid,
  cell: number,
): Uint8ClampedArray {
  const covered = Uint8ClampedArray.from(data);
  const x = offset + cell % columns * stride;
  const [left, right] = edges(x, stride, width);
  const y = offset + Math.floor(cell / columns) * stride;
  const [top, bottom] = edges(y, stride, height);
  for (let row = top; row < bottom; row++) {
    covered.fill(GREY, (row * width + left) * 4, (row * width + right) * 4);
  }
  return covered;
}

function edges(centre: number, stride: number, extent: number) {
  const from = Math.round(centre - SIDE / 2 * stride);
  return [Math.max(0, from), Math.min(extent, from + SIDE * stride)] as const;
}
