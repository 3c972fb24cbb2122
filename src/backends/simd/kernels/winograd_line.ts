/**
 * Convolutions of 1 x 7 and 7 x 1 with stride 1 without relaxed SIMD, by Winograd's
 * F(3, 4) twice: the first three weights and a 0, then the last four. 12 products
 * compute 3 pixels, where windows need 21. A tile is 9 pixels of a line of the input
 * and 3 of the output. The last tile of a line overlaps the one before, and writes the
 * same codes.
 *
 * It is exact as in `winograd.ts`: results are 24 times the sums of windows, modulo
 * 2^32, so sums must be less than 2^28. The planner accepts at most 512 channels.
 *
 * In memory, with groups as there:
 *
 *     input     tiles / 4 x 6 x 2 halves x groups x 4 tiles x 8 values
 *     weights   6 x 2 halves x groups x 4 pairs x 8 output channels x 2 values, one panel
 *     products  6 x 4 tiles x 8 output channels, of i32
 */
import { TABLE_BYTES } from "./conv";
import { packCodes } from "./requantize";
import { Convolution, RESCALE_BYTES } from "./step";
import { storeBytes } from "./store_bytes";
import { multiplyTiles } from "./winograd";
import { loadCodes, storeSix } from "./winograd_input";
import {
  first,
  rescaleSums,
  second,
  storePixels,
  third,
} from "./winograd_output";
import { evenBytes, oddBytes } from "./winograd_weights";

/** Bytes of the products of 4 tiles and 8 output channels. */
const PRODUCT_BYTES: usize = 6 * 4 * 8 * 4;

/** Scratch besides input and weights: the table and products. */
export const LINE_BYTES: usize = TABLE_BYTES + PRODUCT_BYTES;

/** The inverse of 3, modulo 2^32. */
const THIRD: i32 = -1431655765;

/**
 * A task of a convolution of 1 x 7 or 7 x 1 with stride 1, of unsigned bytes. Its input
 * has a multiple of 8 channels, at most 512, and its output lines of at least 3 pixels.
 *
 * @param step `taskPixels` are tiles, a multiple of 4.
 * @param scratch `LINE_BYTES`. Then, for each input channel, 192 bytes for weights and 24
 * for each tile of the task.
 */
export function convWinogradLine(
  step: Convolution,
  task: usize,
  scratch: usize,
): void {
  const groups = (step.panels + step.taskPanels - 1) / step.taskPanels;
  const tableEnd = writeLines(step, task / groups, scratch);
  const products = scratch + TABLE_BYTES;
  const weights = products + PRODUCT_BYTES;
  const channels = step.run * step.kernelRows / 7;
  const tiles = weights + channels * 192;
  let target = tiles;
  for (let table = scratch; table < tableEnd; table += 32) {
    for (let tile: usize = 0; tile < 4; tile++) {
      const source: usize = load<u32>(table + tile * 8);
      widenLine(step, source, channels, target + tile * 16);
    }
    target += channels * 96;
  }
  const firstPanel = (task % groups) * step.taskPanels;
  const end = min(firstPanel + step.taskPanels, step.panels);
  for (let panel = firstPanel; panel < end; panel++) {
    widenLinePanel(step, panel, weights);
    let four = tiles;
    for (let table = scratch; table < tableEnd; table += 32) {
      multiplyTiles(four, weights, channels * 2, products, weights);
      storeLines(step, panel, table, products);
      four += channels * 96;
    }
  }
}

/**
 * Writes the addresses of the tiles of a task and returns the table's end. The last tile
 * of a task is repeated so that the last four are full.
 */
function writeLines(step: Convolution, block: usize, table: usize): usize {
  const width = step.width, height = step.pixels / width;
  const isRow = step.kernelRows == 1;
  const length = isRow ? width : height;
  const columns = (length + 2) / 3;
  const tiles = columns * (isRow ? height : width);
  const firstTile = block * step.taskPixels;
  const count = min(step.taskPixels, tiles - firstTile);
  const end = table + ((count + 3) / 4) * 32;
  for (let tile = firstTile; table < end; table += 8) {
    const along = min((tile % columns) * 3, length - 3);
    const across = tile / columns;
    const x = isRow ? along : across, y = isRow ? across : along;
    store<u32>(table, step.input + y * step.inputStepY + x * step.inputStepX);
    store<u32>(
      table,
      step.output + y * step.outputStepY + x * step.outputStepX,
      4,
    );
    if (tile + 1 < firstTile + count) tile++;
  }
  return end;
}

/** Both halves of a tile. */
export function widenLine(
  step: Convolution,
  source: usize,
  channels: usize,
  target: usize,
): void {
  const stepBytes = step.kernelRows == 1 ? step.inputStepX : step.inputStepY;
  const halfBytes = channels * 8;
  for (let half = 0; half < 2; half++) {
    let pixel = source;
    for (const end = source + channels; pixel < end; pixel += 8) {
      storeSix(
        loadCodes(pixel),
        loadCodes(pixel + stepBytes),
        loadCodes(pixel + stepBytes * 2),
        loadCodes(pixel + stepBytes * 3),
        loadCodes(pixel + stepBytes * 4),
        loadCodes(pixel + stepBytes * 5),
        target,
        halfBytes * 2,
      );
      target += 64;
    }
    source += stepBytes * 3;
  }
}

/** Transforms the weights of the panel `panel` into `target`. */
export function widenLinePanel(
  step: Convolution,
  panel: usize,
  target: usize,
): void {
  const tapBytes = step.run * step.kernelRows / 7 * 8;
  let w = step.weights + panel * tapBytes * 7;
  for (const end = w + tapBytes; w < end; w += 32) {
    widenTaps(w, tapBytes, target);
    widenTaps(w + 16, tapBytes, target + 16);
    target += 64;
  }
}

/** The weights of 4 output channels and 4 input channels, which are 2 pairs. */
function widenTaps(w: usize, tapBytes: usize, target: usize): void {
  const halfBytes = tapBytes * 2, none = i16x8.splat(0);
  const w0 = v128.load(w), w1 = v128.load(w + tapBytes);
  const w2 = v128.load(w + tapBytes * 2);
  storeWeights(
    evenBytes(w0),
    evenBytes(w1),
    evenBytes(w2),
    none,
    target,
    halfBytes * 2,
  );
  storeWeights(
    oddBytes(w0),
    oddBytes(w1),
    oddBytes(w2),
    none,
    target + 32,
    halfBytes * 2,
  );
  w += tapBytes * 3, target += halfBytes;
  const w3 = v128.load(w), w4 = v128.load(w + tapBytes);
  const w5 = v128.load(w + tapBytes * 2), w6 = v128.load(w + tapBytes * 3);
  storeWeights(
    evenBytes(w3),
    evenBytes(w4),
    evenBytes(w5),
    evenBytes(w6),
    target,
    halfBytes * 2,
  );
  storeWeights(
    oddBytes(w3),
    oddBytes(w4),
    oddBytes(w5),
    oddBytes(w6),
    target + 32,
    halfBytes * 2,
  );
}

/**
 * Stores `G w`, times 24 as in `winograd_weights.ts`. Values are -3048..3048.
 *
 *      6  0  0  0
 *      4  4  4  4
 *      4 -4  4 -4
 *      1  2  4  8
 *      1 -2  4 -8
 *      0  0  0 24
 */
// @ts-ignore: decorator
@inline
function storeWeights(
  w0: v128,
  w1: v128,
  w2: v128,
  w3: v128,
  target: usize,
  stride: usize,
): void {
  v128.store(target, i16x8.mul(w0, i16x8.splat(6)));
  const w02 = i16x8.shl(i16x8.add(w0, w2), 2);
  const w13 = i16x8.shl(i16x8.add(w1, w3), 2);
  v128.store(target + stride, i16x8.add(w02, w13));
  v128.store(target + stride * 2, i16x8.sub(w02, w13));
  const even = i16x8.add(w0, i16x8.shl(w2, 2));
  const odd = i16x8.add(i16x8.add(w1, w1), i16x8.shl(w3, 3));
  v128.store(target + stride * 3, i16x8.add(even, odd));
  v128.store(target + stride * 4, i16x8.sub(even, odd));
  v128.store(target + stride * 5, i16x8.mul(w3, i16x8.splat(24)));
}

/**
 * Turns the products of 4 tiles and the panel `panel` into codes, and stores them at the
 * addresses in the table.
 */
export function storeLines(
  step: Convolution,
  panel: usize,
  table: usize,
  products: usize,
): void {
  const stepBytes = step.kernelRows == 1 ? step.outputStepX : step.outputStepY;
  const channels = panel + 1 == step.panels ? step.lastChannels : 8;
  const rescale = step.rescale + panel * RESCALE_BYTES;
  const m0 = v128.load(rescale, 0), m1 = v128.load(rescale, 16);
  const o0 = v128.load(rescale, 32), o1 = v128.load(rescale, 48);
  const qmax = f32x4.splat(<f32> step.qmax), signMask = i32x4.splat(step.signMask);
  for (const end = products + 128; products < end; products += 32) {
    const w1 = v128.load(products, 128), w2 = v128.load(products, 256);
    const w3 = v128.load(products, 384), w4 = v128.load(products, 512);
    const x1 = v128.load(products, 144), x2 = v128.load(products, 272);
    const x3 = v128.load(products, 400), x4 = v128.load(products, 528);
    const wPlus12 = i32x4.add(w1, w2), wMinus12 = i32x4.sub(w1, w2);
    const wPlus34 = i32x4.add(w3, w4), wMinus34 = i32x4.sub(w3, w4);
    const xPlus12 = i32x4.add(x1, x2), xMinus12 = i32x4.sub(x1, x2);
    const xPlus34 = i32x4.add(x3, x4), xMinus34 = i32x4.sub(x3, x4);
    const w0 = v128.load(products), x0 = v128.load(products, 16);
    const ab = packCodes(
      rescaleSums(first(w0, wPlus12, wPlus34), THIRD, 3, m0, o0, qmax),
      rescaleSums(first(x0, xPlus12, xPlus34), THIRD, 3, m1, o1, qmax),
      rescaleSums(second(wMinus12, wMinus34), THIRD, 3, m0, o0, qmax),
      rescaleSums(second(xMinus12, xMinus34), THIRD, 3, m1, o1, qmax),
    );
    const w5 = v128.load(products, 640), x5 = v128.load(products, 656);
    const w = i32x4.add(third(wPlus12, wPlus34), w5);
    const x = i32x4.add(third(xPlus12, xPlus34), x5);
    const c0 = rescaleSums(w, THIRD, 3, m0, o0, qmax);
    const c1 = rescaleSums(x, THIRD, 3, m1, o1, qmax);
    const c = v128.xor(packCodes(c0, c1, c0, c1), signMask);
    const output: usize = load<u32>(table, 4) + <u32> panel * 8;
    storePixels(output, stepBytes, v128.xor(ab, signMask), channels);
    storeBytes(output + stepBytes * 2, v128.extract_lane<u64>(c, 0), channels);
    table += 8;
  }
}
