import { flattenOverWhite } from "../flatten.ts";
import { corrupt } from "./errors.ts";
import type { ParsedBmp } from "./parse.ts";

/** Converts a stored row to opaque RGBA. */
export type ExpandRow = (row: Uint8Array, rgba: Uint8Array) => void;

/** For palette indices of `bits` bits; indices beyond the palette are black. */
export function expandIndices(
  { palette, colorBytes }: ParsedBmp,
  bits: number,
): ExpandRow {
  const table = new Uint32Array(256);
  const bytes = new Uint8Array(table.buffer);
  for (let i = 0; i < table.length; i++) {
    for (let c = 0; c < 3; c++) {
      bytes[i * 4 + c] = palette[i * colorBytes + 2 - c] ?? 0;
    }
    bytes[i * 4 + 3] = 255;
  }
  const mask = (1 << bits) - 1;
  const each = 8 / bits;
  return (row, rgba) => {
    const to = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.length / 4);
    for (let i = 0; i < to.length; i++) {
      const shift = 8 - bits - (i % each) * bits;
      to[i] = table[row[i / each | 0]! >> shift & mask]!;
    }
  };
}

/** For pixels of 16, 24 or 32 bits, with alpha if `hasAlpha`. */
export function expandChannels(
  { masks, bits }: ParsedBmp,
  hasAlpha: boolean,
): ExpandRow {
  const [red, green, blue, alpha] = masks.map(channel);
  const bytes = bits / 8;
  return (row, rgba) => {
    for (let at = 0, to = 0; to < rgba.length; at += bytes, to += 4) {
      const pixel = row[at]! | row[at + 1]! << 8 |
        (bytes > 2 ? row[at + 2]! << 16 : 0) |
        (bytes > 3 ? row[at + 3]! << 24 : 0);
      rgba[to] = red!.levels[pixel >>> red!.shift & red!.most]!;
      rgba[to + 1] = green!.levels[pixel >>> green!.shift & green!.most]!;
      rgba[to + 2] = blue!.levels[pixel >>> blue!.shift & blue!.most]!;
      rgba[to + 3] = hasAlpha
        ? alpha!.levels[pixel >>> alpha!.shift & alpha!.most]!
        : 255;
    }
    if (hasAlpha) flattenOverWhite(rgba);
  };
}

/** The position of a channel's upper eight bits, and the levels that they stand for. */
function channel(mask: number) {
  const low = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const most = mask >>> low;
  if ((most & most + 1) !== 0) {
    throw corrupt("the bits of a colour aren't side by side");
  }
  const bits = 32 - Math.clz32(most);
  const dropped = Math.max(bits - 8, 0);
  const kept = most >>> dropped;
  return {
    shift: low + dropped,
    most: kept,
    levels: Uint8Array.from(
      { length: kept + 1 },
      (_, i) => kept === 0 ? 0 : i * 255 / kept,
    ),
  };
}
