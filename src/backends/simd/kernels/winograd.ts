/**
 * Convolutions of 3 x 3 with stride 1 where no dot product is exact in 8 bits, by
 * Winograd's F(4 x 4, 3 x 3): 36 products compute 4 x 4 pixels of an output channel
 * from an input channel, where windows need 144. A tile is 6 x 6 pixels of the input
 * and 4 x 4 of the output. The last tiles of a row or a column overlap others, and
 * write the same codes.
 *
 *     input     6 x 6 of a tile          -> 36 values    `winograd_input.ts`
 *     weights   3 x 3                    -> 36 values    `winograd_weights.ts`
 *     products  36 x (tiles . channels)                  here
 *     output    36 sums of channels      -> 4 x 4        `winograd_output.ts`
 *
 * It is exact. All factors are whole, and the values of input and weights fit i16 for
 * any codes and weights. Results are 576 times the sums of windows, modulo 2^32. They
 * are divided by 9, by multiplying with its inverse, and by 64. So sums must be less
 * than 2^25: the planner accepts at most 112 channels.
 *
 * In memory a group is 8 input channels, in the order 0 2 1 3 4 6 5 7, which makes
 * pairs of the bytes of packed weights as in `panel_plain.ts`:
 *
 *     input     tiles / 4 x 36 x groups x 4 tiles x 8 values
 *     weights   36 x groups x 4 pairs x 8 output channels x 2 values, one panel
 *     products  36 x 4 tiles x 8 output channels, of i32
 */
import { TABLE_BYTES } from "./conv";
import { Convolution } from "./step";
import { widenInput } from "./winograd_input";
import { storeTiles } from "./winograd_output";
import { widenPanel } from "./winograd_weights";

/** Tiles that are multiplied at once. */
const TILES: usize = 4;

/** Bytes that a transform keeps between its two passes. */
const WORK_BYTES: usize = 768;

/** Bytes of the products of 4 tiles and 8 output channels. */
const PRODUCT_BYTES: usize = 36 * 4 * 8 * 4;

/** Scratch besides input and weights: the table, products, and a transform's work. */
export const WINOGRAD_BYTES: usize = TABLE_BYTES + WORK_BYTES + PRODUCT_BYTES;

/**
 * A task of a convolution of 3 x 3 with stride 1, of unsigned bytes. Its input has a
 * multiple of 8 channels, at most 112, and its output at least 4 x 4 pixels.
 *
 * @param step `taskPixels` are tiles, a multiple of 4.
 * @param scratch `WINOGRAD_BYTES`. Then, for each input channel, 576 bytes for weights
 * and 72 for each tile of the task.
 */
export function convWinograd(
  step: Convolution,
  task: usize,
  scratch: usize,
): void {
  const groups = (step.panels + step.taskPanels - 1) / step.taskPanels;
  const tableEnd = writeTiles(step, task / groups, scratch);
  const work = scratch + TABLE_BYTES;
  const products = work + WORK_BYTES;
  const weights = products + PRODUCT_BYTES;
  const channels = step.run / 3;
  const tiles = weights + channels * 576;
  widenInput(step, scratch, tableEnd, tiles, work);
  const first = (task % groups) * step.taskPanels;
  const end = min(first + step.taskPanels, step.panels);
  for (let panel = first; panel < end; panel++) {
    widenPanel(step, panel, weights, work);
    let four = tiles;
    for (let table = scratch; table < tableEnd; table += TILES * 8) {
      multiplyTiles(four, weights, channels, products, weights);
      storeTiles(step, panel, table, products, work);
      four += channels * 36 * TILES * 2;
    }
  }
}

/**
 * Writes the addresses of the tiles of a task and returns the table's end. The last tile
 * of a task is repeated so that the last four are full.
 */
function writeTiles(step: Convolution, block: usize, table: usize): usize {
  const width = step.width;
  const lastX = width - 4, lastY = step.pixels / width - 4;
  const columns = (width + 3) / 4;
  const tiles = columns * ((lastY + 7) / 4);
  const first = block * step.taskPixels;
  const count = min(step.taskPixels, tiles - first);
  const end = table + ((count + TILES - 1) / TILES) * TILES * 8;
  for (let tile = first; table < end; table += 8) {
    const x = min((tile % columns) * 4, lastX);
    const y = min((tile / columns) * 4, lastY);
    store<u32>(
      table,
      step.input + y * step.inputStepY + x * step.inputStepX,
    );
    store<u32>(
      table,
      step.output + y * step.outputStepY + x * step.outputStepX,
      4,
    );
    if (tile + 1 < first + count) tile++;
  }
  return end;
}

/**
 * The products of 4 tiles and a panel, each the sum of `channels`. Each pair has an
 * exit from the loop, as in `panel_plain.ts`, so that registers don't spill; only the
 * last one is ever taken.
 */
export function multiplyTiles(
  tiles: usize,
  weights: usize,
  channels: usize,
  products: usize,
  productsEnd: usize,
): void {
  const pointBytes = channels * 8;
  for (; products < productsEnd; products += 128) {
    let a0 = i32x4.splat(0), a1 = a0, b0 = a0, b1 = a0;
    let c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    let w0: v128, w1: v128, x: v128;
    const tilesEnd = tiles + pointBytes;
    while (true) {
      w0 = v128.load(weights), w1 = v128.load(weights, 16);
      x = v128.load32_splat(tiles);
      a0 = multiplyAdd(w0, x, a0), a1 = multiplyAdd(w1, x, a1);
      x = v128.load32_splat(tiles, 16);
      b0 = multiplyAdd(w0, x, b0), b1 = multiplyAdd(w1, x, b1);
      x = v128.load32_splat(tiles, 32);
      c0 = multiplyAdd(w0, x, c0), c1 = multiplyAdd(w1, x, c1);
      x = v128.load32_splat(tiles, 48);
      d0 = multiplyAdd(w0, x, d0), d1 = multiplyAdd(w1, x, d1);
      tiles += 4;
      if (tiles == tilesEnd) break;
      w0 = v128.load(weights, 32), w1 = v128.load(weights, 48);
      x = v128.load32_splat(tiles);
      a0 = multiplyAdd(w0, x, a0), a1 = multiplyAdd(w1, x, a1);
      x = v128.load32_splat(tiles, 16);
      b0 = multiplyAdd(w0, x, b0), b1 = multiplyAdd(w1, x, b1);
      x = v128.load32_splat(tiles, 32);
      c0 = multiplyAdd(w0, x, c0), c1 = multiplyAdd(w1, x, c1);
      x = v128.load32_splat(tiles, 48);
      d0 = multiplyAdd(w0, x, d0), d1 = multiplyAdd(w1, x, d1);
      tiles += 4;
      if (tiles == tilesEnd) break;
      w0 = v128.load(weights, 64), w1 = v128.load(weights, 80);
      x = v128.load32_splat(tiles);
      a0 = multiplyAdd(w0, x, a0), a1 = multiplyAdd(w1, x, a1);
      x = v128.load32_splat(tiles, 16);
      b0 = multiplyAdd(w0, x, b0), b1 = multiplyAdd(w1, x, b1);
      x = v128.load32_splat(tiles, 32);
      c0 = multiplyAdd(w0, x, c0), c1 = multiplyAdd(w1, x, c1);
      x = v128.load32_splat(tiles, 48);
      d0 = multiplyAdd(w0, x, d0), d1 = multiplyAdd(w1, x, d1);
      tiles += 4;
      if (tiles == tilesEnd) break;
      w0 = v128.load(weights, 96), w1 = v128.load(weights, 112);
      x = v128.load32_splat(tiles);
      a0 = multiplyAdd(w0, x, a0), a1 = multiplyAdd(w1, x, a1);
      x = v128.load32_splat(tiles, 16);
      b0 = multiplyAdd(w0, x, b0), b1 = multiplyAdd(w1, x, b1);
      x = v128.load32_splat(tiles, 32);
      c0 = multiplyAdd(w0, x, c0), c1 = multiplyAdd(w1, x, c1);
      x = v128.load32_splat(tiles, 48);
      d0 = multiplyAdd(w0, x, d0), d1 = multiplyAdd(w1, x, d1);
      weights += 128, tiles += 52;
      if (tiles == tilesEnd) break;
    }
    v128.store(products, a0), v128.store(products, a1, 16);
    v128.store(products, b0, 32), v128.store(products, b1, 48);
    v128.store(products, c0, 64), v128.store(products, c1, 80);
    v128.store(products, d0, 96), v128.store(products, d1, 112);
  }
}

/** `sums + w . x`: for each of 4 output channels 2 weights, 2 activations. */
// @ts-ignore: decorator
@inline
function multiplyAdd(w: v128, x: v128, sums: v128): v128 {
  return i32x4.add(sums, i32x4.dot_i16x8_s(w, x));
}
