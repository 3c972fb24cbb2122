import { flattenOverWhite } from "../flatten.ts";
import type { ParsedTiff } from "./parse.ts";
import { PHOTOMETRIC } from "./tags.ts";

/** Converts a row of each plane to opaque RGBA. */
export type ConvertRow = (
  planes: readonly Uint8Array[],
  rgba: Uint8Array,
) => void;

/** Starts converting rows of `width` pixels. The upper 8 bits of 16 count. */
export function startConverting(tiff: ParsedTiff): ConvertRow {
  const { width, samples, planes, bits, isLittle, colors } = tiff;
  const step = samples / planes;
  const levels = Array.from(
    { length: planes },
    () => new Uint8Array(width * step),
  );
  const unpack = (row: Uint8Array, to: Uint8Array): Uint8Array => {
    if (bits === 8) return row;
    if (bits === 16) {
      for (let i = 0, at = isLittle ? 1 : 0; i < to.length; i++, at += 2) {
        to[i] = row[at]!;
      }
      return to;
    }
    const each = 8 / bits;
    const mask = (1 << bits) - 1;
    for (let i = 0; i < to.length; i++) {
      to[i] = row[i / each | 0]! >> 8 - bits - i % each * bits & mask;
    }
    return to;
  };
  /** The location of a sample in the rows. */
  const channel = (rows: readonly Uint8Array[], sample: number) =>
    planes > 1
      ? { from: rows[sample]!, at: 0 }
      : { from: rows[0]!, at: sample };
  const count = colors.kind === "rgb" ? 3 : colors.kind === "cmyk" ? 4 : 1;
  const table = count === 1 ? tableOf(tiff) : undefined;

  return (packed, rgba) => {
    const rows = packed.map((row, i) => unpack(row, levels[i]!));
    if (table !== undefined) {
      const { from, at } = channel(rows, 0);
      const to = new Uint32Array(rgba.buffer, rgba.byteOffset, width);
      for (let x = 0, i = at; x < width; x++, i += step) {
        to[x] = table[from[i]!]!;
      }
    } else {
      for (let c = 0; c < 3; c++) {
        const { from, at } = channel(rows, c);
        for (let i = at, to = c; to < width * 4; i += step, to += 4) {
          rgba[to] = from[i]!;
        }
      }
      if (count === 4) removeInk(rgba, channel(rows, 3), step);
      else for (let i = 3; i < width * 4; i += 4) rgba[i] = 255;
    }
    if (colors.alpha === "none") return;
    const { from, at } = channel(rows, count);
    for (let i = at, to = 3; to < width * 4; i += step, to += 4) {
      rgba[to] = from[i]!;
    }
    if (colors.alpha === "straight") flattenOverWhite(rgba);
    else addWhite(rgba);
  };
}

/** Opaque RGBA of each index or level, as words, [256]. */
function tableOf({ bits, colors }: ParsedTiff): Uint32Array {
  const table = new Uint32Array(256);
  const bytes = new Uint8Array(table.buffer).fill(255);
  const { palette, photometric } = colors;
  const most = (1 << Math.min(bits, 8)) - 1;
  // Some writers store 8-bit values; libtiff detects them in the same way.
  const shift = palette?.every((it) => it < 256) ? 0 : 8;
  for (let i = 0; i <= most; i++) {
    for (let c = 0; c < 3; c++) {
      const grey = i * 255 / most;
      bytes[i * 4 + c] = palette
        ? palette[c * (most + 1) + i]! >> shift
        : photometric === PHOTOMETRIC.whiteIsZero
        ? 255 - grey
        : grey;
    }
  }
  return table;
}

/**
 * Converts cyan, magenta and yellow in `rgba`, and black, to opaque RGB as Pillow does.
 */
function removeInk(
  rgba: Uint8Array,
  { from, at }: { readonly from: Uint8Array; readonly at: number },
  step: number,
): void {
  for (let to = 0, i = at; to < rgba.length; to += 4, i += step) {
    const paper = 255 - from[i]!;
    for (let c = to; c < to + 3; c++) {
      const product = rgba[c]! * paper + 128;
      rgba[c] = paper - (product + (product >> 8) >> 8);
    }
    rgba[to + 3] = 255;
  }
}

/** Composites premultiplied colours over white. Every alpha becomes 255. */
function addWhite(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const white = 255 - rgba[i + 3]!;
    for (let c = i; c < i + 3; c++) {
      rgba[c] = Math.min(rgba[c]! + white, 255);
    }
    rgba[i + 3] = 255;
  }
}
