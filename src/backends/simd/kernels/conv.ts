/**
 * Convolutions without im2col. In NHWC a row of a window is a run of KW * C bytes, and a
 * window is KH runs. A table has the address of the window and of the result of each
 * pixel, which covers stride, padding, row ends and the channels of a concatenation.
 */
import {
  panelPlain,
  PLAIN_PIXELS,
  widenTiles,
  widenWeights,
} from "./panel_plain";
import { panelRelaxed } from "./panel_relaxed";
import { Convolution } from "./step";

/** Upper bound of the pixels of a task. */
export const TASK_PIXELS: usize = 384;

/** Bytes of a table: the end of a row may write one pixel more. */
export const TABLE_BYTES: usize = (TASK_PIXELS + 2) * 8;

/** A task of a convolution, with `dot<i32>`. */
export function convI32(step: Convolution, task: usize, scratch: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) convRelaxed<i32>(step, task, scratch);
}

/** A task of a convolution, with `dot<i16>`. */
export function convI16(step: Convolution, task: usize, scratch: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) convRelaxed<i16>(step, task, scratch);
}

/** A task of a convolution, with a kernel of `conv_wide.ts`. */
export function convWide(step: Convolution, task: usize, scratch: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) linked(step, task, scratch);
}

/** One of the kernels of the other module, or a function that throws. */
// @ts-ignore: decorator
@external("env", "convWide")
declare function linked(step: Convolution, task: usize, scratch: usize): void;

/**
 * {@linkcode panelRelaxed} as a separate function, for tiles of 6 pixels up to `fives`,
 * and of 5 from there on.
 */
export function panelI32(
  step: Convolution,
  panel: usize,
  table: usize,
  fives: usize,
  tableEnd: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    panelRelaxed<i32>(step, panel, table, fives, 6);
    panelRelaxed<i32>(step, panel, fives, tableEnd, 5);
  }
}

/** {@linkcode panelI32}, with `dot<i16>`. */
export function panelI16(
  step: Convolution,
  panel: usize,
  table: usize,
  fives: usize,
  tableEnd: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    panelRelaxed<i16>(step, panel, table, fives, 6);
    panelRelaxed<i16>(step, panel, fives, tableEnd, 5);
  }
}

// @ts-ignore: decorator
@inline
function convRelaxed<Lane>(
  step: Convolution,
  task: usize,
  scratch: usize,
): void {
  const groups = (step.panels + step.taskPanels - 1) / step.taskPanels;
  const end = writeTable(step, task / groups, scratch);
  // The fewest tiles, some of 5 pixels so that the last one is full.
  const pixels = (end - scratch) >> 3;
  const tiles = (pixels + 5) / 6;
  const short = min(tiles * 6 - pixels, tiles);
  const fives = scratch + (tiles - short) * 48;
  const tableEnd = padTable(end, fives + short * 40);
  const first = (task % groups) * step.taskPanels;
  const last = min(first + step.taskPanels, step.panels);
  for (let panel = first; panel < last; panel++) {
    if (sizeof<Lane>() == 4) panelI32(step, panel, scratch, fives, tableEnd);
    else panelI16(step, panel, scratch, fives, tableEnd);
  }
}

/**
 * A task of a convolution of unsigned bytes, without relaxed SIMD.
 *
 * @param scratch Room for the table. Then, for each value of a window, 16 bytes for
 * weights and 2 for each pixel of the task.
 */
export function convPlain(step: Convolution, task: usize, scratch: usize): void {
  const groups = (step.panels + step.taskPanels - 1) / step.taskPanels;
  const pixelsEnd = writeTable(step, task / groups, scratch);
  const tileBytes = PLAIN_PIXELS * 8;
  const tileCount = (pixelsEnd - scratch + tileBytes - 1) / tileBytes;
  const tableEnd = padTable(pixelsEnd, scratch + tileCount * tileBytes);
  const weights = scratch + TABLE_BYTES;
  const tiles = weights + step.kernelRows * step.run * 16;
  widenTiles(step, scratch, tableEnd, tiles);
  const first = (task % groups) * step.taskPanels;
  const end = min(first + step.taskPanels, step.panels);
  for (let panel = first; panel < end; panel++) {
    widenWeights(step, panel, weights);
    panelPlain(step, panel, scratch, tableEnd, tiles, weights);
  }
}

/** Writes the table of a task and returns its end. */
export function writeTable(step: Convolution, block: usize, table: usize): usize {
  const first = block * step.taskPixels;
  const count = min(step.taskPixels, step.pixels - first);
  let y = first / step.width;
  let x = first % step.width;
  const end = table + (count << 3);
  // The difference between an entry of the table and the next.
  const next = entry(step.inputStepX, step.outputStepX);
  const nextTwo = i64x2.splat(next * 2);
  let at = table;
  while (at < end) {
    const pixel = entry(
      step.input + y * step.inputStepY + x * step.inputStepX,
      step.output + y * step.outputStepY + x * step.outputStepX,
    );
    const rowEnd = min(end, at + ((step.width - x) << 3));
    let two = i64x2.replace_lane(i64x2.splat(pixel), 1, pixel + next);
    // The end of a row may write one entry too many, which the next row overwrites.
    for (; at < rowEnd; at += 16) {
      v128.store(at, two);
      two = i64x2.add(two, nextTwo);
    }
    at = rowEnd;
    x = 0;
    y++;
  }
  return end;
}

/**
 * Repeats the last pixel of a table up to `padded`, which it returns, so that the last
 * tile is full. The pixel is computed several times.
 */
export function padTable(end: usize, padded: usize): usize {
  const last = load<u64>(end - 8);
  for (; end < padded; end += 8) store<u64>(end, last);
  return padded;
}

// @ts-ignore: decorator
@inline
function entry(input: usize, output: usize): u64 {
  return <u64> input | <u64> output << 32;
}
