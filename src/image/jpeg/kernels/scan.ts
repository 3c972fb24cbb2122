import { blockAt, storeBlock } from "./coefficients";
import { transform } from "./idct";
import { firstAc, firstDc, refineAc, refineDc } from "./progressive";
import { Component, componentOf, Scan } from "./records";
import { restart } from "./restart";
import { decodeBlock } from "./sequential";
import { ONES } from "./tables";

/** The contents of a scan's blocks. */
export const enum ScanKind {
  /** All coefficients, transformed immediately. */
  immediate,
  /** All coefficients, stored for later. */
  sequential,
  firstDc,
  refineDc,
  firstAc,
  refineAc,
}

/** Upper bound of an MCU: 10 blocks of 64 coefficients of 31 bits, stuffed: 4960. */
const MCU_BYTES: usize = 5120;

/**
 * Decodes the rest of a row of MCUs.
 *
 * @returns Whether the row is done; if not, call it again with more data in the window.
 */
export function decodeRow(scan: Scan): bool {
  for (; scan.column < scan.columns; scan.column++) {
    const left = scan.end - scan.position;
    if (!scan.isLast && left < MCU_BYTES) return false;
    if (scan.restartInterval) {
      if (scan.sinceRestart == scan.restartInterval && !restart(scan)) {
        return false;
      }
      scan.sinceRestart++;
    }
    decodeMcu(scan);
    // As in libjpeg, the MCU in which the data ended is kept as far as it got.
    if (scan.count < scan.padding) scan.starved = 1;
  }
  scan.column = 0;
  return true;
}

function decodeMcu(scan: Scan): void {
  const column = scan.column;
  if (scan.components == 1) {
    decode(scan, componentOf<Scan>(scan, 0), scan.row, column);
    return;
  }
  for (let index: usize = 0; index < scan.components; index++) {
    const component = componentOf<Scan>(scan, index);
    for (let y: usize = 0; y < component.v; y++) {
      for (let x: usize = 0; x < component.h; x++) {
        decode(
          scan,
          component,
          scan.row * component.v + y,
          column * component.h + x,
        );
      }
    }
  }
}

/** Decodes the block at a position in its component. */
function decode(
  scan: Scan,
  component: Component,
  row: usize,
  column: usize,
): void {
  const frame = scan.frame;
  if (scan.kind == ScanKind.immediate) {
    let hasOthers = false;
    if (!scan.starved) {
      hasOthers = decodeBlock(scan, component, frame.block, component.factors);
    }
    if (
      scan.visible && scan.column >= frame.firstColumn &&
      scan.column < frame.endColumn
    ) transform(component, frame.block, row, column, hasOthers);
    else memory.fill(frame.block, 0, 256);
    return;
  }
  if (scan.starved) return;
  const block = blockAt(component, row, column);
  if (scan.kind == ScanKind.sequential) {
    decodeBlock(scan, component, frame.block, ONES);
    storeBlock(component, frame.block, block);
  } else if (scan.kind == ScanKind.firstDc) firstDc(scan, component, block);
  else if (scan.kind == ScanKind.refineDc) refineDc(scan, block);
  else if (scan.kind == ScanKind.firstAc) firstAc(scan, component, block);
  else refineAc(scan, component, block);
}
