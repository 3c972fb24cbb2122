import type { TimeSlice } from "../../async/yield.ts";
import type { TakeRows } from "../rows.ts";
import { expandChannels, expandIndices } from "./colors.ts";
import { truncated } from "./errors.ts";
import { parseBmp, type ParsedBmp } from "./parse.ts";
import { rleRows } from "./rle.ts";

/**
 * Decodes a BMP row by row, over white. Levels of fewer than 8 bits are scaled as in Pillow.
 * A BMP whose alpha is 0 everywhere is opaque, as in browsers. Colour profiles aren't
 * applied.
 */
export async function decodeBmpRows(
  bytes: Uint8Array,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const bmp = parseBmp(bytes);
  const { width, height, bits, compression } = bmp;
  const isRle = compression === "RLE";
  const rows = isRle
    ? rleRows(bytes.subarray(bmp.start), width, height, bits)
    : storedRows(bytes, bmp);
  const expand = bits <= 8
    ? expandIndices(bmp, isRle ? 8 : bits)
    : expandChannels(bmp, await hasAlpha(bytes, bmp, timeSlice));
  const rgba = new Uint8Array(width * 4);
  let y = 0;
  for (const row of rows) {
    expand(row, rgba);
    take(rgba, y++);
    if (timeSlice.isOver()) await timeSlice.yield();
  }
}

/** Yields the rows of uncompressed pixels, top row first. */
function* storedRows(
  bytes: Uint8Array,
  { width, height, bits, start, isTopDown }: ParsedBmp,
): Generator<Uint8Array, void, void> {
  const rowBytes = Math.ceil(width * bits / 8);
  const stride = Math.ceil(rowBytes / 4) * 4;
  // The last row may lack its padding.
  if (start + (height - 1) * stride + rowBytes > bytes.length) {
    throw truncated(bytes);
  }
  for (let y = 0; y < height; y++) {
    const at = start + (isTopDown ? y : height - 1 - y) * stride;
    yield bytes.subarray(at, at + rowBytes);
  }
}

/** Whether any pixel has alpha above 0: many writers leave alpha at 0. */
async function hasAlpha(
  bytes: Uint8Array,
  bmp: ParsedBmp,
  timeSlice: TimeSlice,
): Promise<boolean> {
  const mask = bmp.masks[3]!;
  if (mask === 0) return false;
  const pixelBytes = bmp.bits / 8;
  for (const row of storedRows(bytes, bmp)) {
    for (let at = 0; at < row.length; at += pixelBytes) {
      for (let i = 0; i < pixelBytes; i++) {
        if (row[at + i]! & mask >>> 8 * i) return true;
      }
    }
    if (timeSlice.isOver()) await timeSlice.yield();
  }
  return false;
}
