import type { Pixels } from "../image/mod.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import type { Grid } from "../model/grid.ts";

/** The level of what covers: as far from black as from white. */
const GREY = 128;

/** The side of the square that covers, in cells. */
const SIDE = 2;

/**
 * What is left of a class's probability when a grey square covers a cell and half of
 * each neighbour, a value a cell.
 *
 * @param input What the network reads. It isn't changed.
 * @param run Gives the probability of the class.
 * @param concurrency So many runs are under way at once; they are all over when this
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
  for await (
    const rest of mapOrdered(map.keys(), runCovered, { concurrency })
  ) {
    map[cell++] = rest;
  }
  return map;
}

/** The image with a grey square whose middle is the cell's. */
function cover(
  { data, width, height }: Pixels,
  { columns, first, step }: Grid,
  cell: number,
): Uint8ClampedArray {
  const covered = Uint8ClampedArray.from(data);
  const [left, right] = edges(first + cell % columns * step, step, width);
  const middle = first + Math.floor(cell / columns) * step;
  const [top, bottom] = edges(middle, step, height);
  for (let y = top; y < bottom; y++) {
    covered.fill(GREY, (y * width + left) * 4, (y * width + right) * 4);
  }
  return covered;
}

function edges(middle: number, step: number, extent: number) {
  const from = Math.round(middle - SIDE / 2 * step);
  return [Math.max(0, from), Math.min(extent, from + SIDE * step)] as const;
}
