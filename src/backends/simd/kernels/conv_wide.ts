/**
 * Convolutions by `panel_wide.ts`: a separate module, which is loaded if 256-bit
 * vectors are requested. It shares the memory of the other kernels.
 */
import { padTable, TABLE_BYTES, writeTable } from "./conv";
import { panelWide, WIDE_BYTES } from "./panel_wide";
import { Convolution } from "./step";
import { storeVector } from "./store_bytes";

export { averagePoolWide } from "./average_pool_wide";
export { splitWeights } from "./split";

/** As {@linkcode convI32}. */
export function convWideI32(
  step: Convolution,
  task: usize,
  scratch: usize,
): void {
  convWide<i32>(step, task, scratch, false);
}

/** As {@linkcode convI16}. */
export function convWideI16(
  step: Convolution,
  task: usize,
  scratch: usize,
): void {
  convWide<i16>(step, task, scratch, false);
}

/** {@linkcode convWideI32} with weights of {@linkcode splitWeights}. */
export function convSplitI32(
  step: Convolution,
  task: usize,
  scratch: usize,
): void {
  convWide<i32>(step, task, scratch, true);
}

/** {@linkcode convWideI16} with weights of {@linkcode splitWeights}. */
export function convSplitI16(
  step: Convolution,
  task: usize,
  scratch: usize,
): void {
  convWide<i16>(step, task, scratch, true);
}

/**
 * {@linkcode panelWide} as a separate function, for tiles of 6 pixels up to `fives`, and
 * of 5 from there on.
 */
export function panelWideI32(
  step: Convolution,
  panel: usize,
  second: usize,
  table: usize,
  fives: usize,
  tableEnd: usize,
  codes: usize,
): void {
  panels<i32>(step, panel, second, table, fives, tableEnd, codes, false);
}

/** {@linkcode panelWideI32}, with `dot<i16>`. */
export function panelWideI16(
  step: Convolution,
  panel: usize,
  second: usize,
  table: usize,
  fives: usize,
  tableEnd: usize,
  codes: usize,
): void {
  panels<i16>(step, panel, second, table, fives, tableEnd, codes, false);
}

/** {@linkcode panelWideI32}, with weights of {@linkcode splitWeights}. */
export function panelSplitI32(
  step: Convolution,
  panel: usize,
  second: usize,
  table: usize,
  fives: usize,
  tableEnd: usize,
  codes: usize,
): void {
  panels<i32>(step, panel, second, table, fives, tableEnd, codes, true);
}

/** {@linkcode panelSplitI32}, with `dot<i16>`. */
export function panelSplitI16(
  step: Convolution,
  panel: usize,
  second: usize,
  table: usize,
  fives: usize,
  tableEnd: usize,
  codes: usize,
): void {
  panels<i16>(step, panel, second, table, fives, tableEnd, codes, true);
}

// @ts-ignore: decorator
@inline
function panels<Lane>(
  step: Convolution,
  panel: usize,
  second: usize,
  table: usize,
  fives: usize,
  end: usize,
  codes: usize,
  split: bool,
): void {
  const sixes = (fives - table) / 48;
  const tiles = sixes + (end - fives) / 40;
  // Prefetches all of the next two panels while these are computed, but not so many
  // bytes at a time that it delays the loads of these.
  const by = min<usize>(max<usize>(128 / tiles, 4), 16);
  let ahead = step.weights + (panel + 2) * step.kernelRows * step.run * 8;
  ahead = panelWide<Lane>(
    step, panel, second, table, fives, codes, ahead, by, 6, split,
  );
  codes += sixes * WIDE_BYTES;
  panelWide<Lane>(step, panel, second, fives, end, codes, ahead, by, 5, split);
}

// @ts-ignore: decorator
@inline
function convWide<Lane>(
  step: Convolution,
  task: usize,
  scratch: usize,
  split: bool,
): void {
  const groups = (step.panels + step.taskPanels - 1) / step.taskPanels;
  const end = writeTable(step, task / groups, scratch);
  // The fewest tiles, some of 5 pixels so that the last one is full.
  const pixels = (end - scratch) >> 3;
  const tiles = (pixels + 5) / 6;
  const short = min(tiles * 6 - pixels, tiles);
  const fives = scratch + (tiles - short) * 48;
  const tableEnd = padTable(end, fives + short * 40);
  const codes = scratch + TABLE_BYTES;
  const first = (task % groups) * step.taskPanels;
  const last = min(first + step.taskPanels, step.panels);
  for (let panel = first; panel < last; panel += 2) {
    // A last panel without a second one is computed twice.
    const second = min(panel + 1, last - 1);
    if (sizeof<Lane>() == 4) {
      if (split) {
        panelSplitI32(step, panel, second, scratch, fives, tableEnd, codes);
      } else {
        panelWideI32(step, panel, second, scratch, fives, tableEnd, codes);
      }
    } else {
      if (split) {
        panelSplitI16(step, panel, second, scratch, fives, tableEnd, codes);
      } else {
        panelWideI16(step, panel, second, scratch, fives, tableEnd, codes);
      }
    }
    storeCodes(step, panel, second, scratch, fives, tableEnd, codes);
  }
}

/** Stores the codes of two panels at the addresses in the table. */
function storeCodes(
  step: Convolution,
  panel: usize,
  second: usize,
  table: usize,
  fives: usize,
  tableEnd: usize,
  codes: usize,
): void {
  const channel = panel * 8;
  const lastChannels = second + 1 == step.panels ? step.lastChannels : 8;
  const channels = (second - panel) * 8 + lastChannels;
  for (; table < fives; table += 48, codes += WIDE_BYTES) {
    storePair(table, channel, codes, channels);
    storePair(table + 16, channel, codes + 32, channels);
    storePair(table + 32, channel, codes + 64, channels);
  }
  for (; table < tableEnd; table += 40, codes += WIDE_BYTES) {
    storePair(table, channel, codes, channels);
    storePair(table + 16, channel, codes + 32, channels);
    const low = v128.load(codes, 64), high = v128.load(codes, 80);
    const e = v128.shuffle<i32>(low, high, 0, 4, 1, 5);
    storeVector(channel + load<u32>(table, 36), e, channels);
  }
}

// @ts-ignore: decorator
@inline
function storePair(
  table: usize,
  channel: usize,
  codes: usize,
  channels: usize,
): void {
  const low = v128.load(codes), high = v128.load(codes, 16);
  const a = v128.shuffle<i32>(low, high, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(low, high, 2, 6, 3, 7);
  const first = channel + load<u32>(table, 4);
  const second = channel + load<u32>(table, 12);
  if (channels == 16) {
    v128.store(first, a);
    v128.store(second, b);
  } else {
    storeVector(first, a, channels);
    storeVector(second, b, channels);
  }
}
