import { flattenOverWhite } from "../flatten.ts";
import { corrupt } from "./chunks.ts";
import { PIXEL_KIND } from "./modules/shared.ts";

/** Colour types: ISO/IEC 15948, table 11.1. */
const GREY = 0;
const RGB = 2;
const PALETTE = 3;
const GREY_ALPHA = 4;
const RGB_ALPHA = 6;

/** By colour type: the number of channels, and kinds of up to 8 and of 16 bits. */
const TYPES = new Map<number, readonly [number, number, number]>([
  [GREY, [1, PIXEL_KIND.indexed, PIXEL_KIND.grey16]],
  [RGB, [3, PIXEL_KIND.rgb, PIXEL_KIND.rgb16]],
  [PALETTE, [1, PIXEL_KIND.indexed, PIXEL_KIND.indexed]],
  [GREY_ALPHA, [2, PIXEL_KIND.greyAlpha, PIXEL_KIND.greyAlpha16]],
  [RGB_ALPHA, [4, PIXEL_KIND.rgbAlpha, PIXEL_KIND.rgbAlpha16]],
]);

/** Whether PNG allows a colour type with `depth` bits a channel. */
export function isColorType(type: number, depth: number): boolean {
  if (!TYPES.has(type)) return false;
  if (depth === 8) return true;
  if (depth === 16) return type !== PALETTE;
  return (depth === 1 || depth === 2 || depth === 4) &&
    (type === GREY || type === PALETTE);
}

/**
 * The pixel format. A palette (RGB) that is cut short is padded with black, as in
 * libpng.
 *
 * @param transparency Alpha of the palette's colours, or the one transparent colour;
 * ignored where it is malformed or the pixels have alpha.
 * @param isStraight Whether to keep alpha instead of compositing over white.
 */
export function readColors(
  type: number,
  depth: number,
  palette: Uint8Array | undefined,
  transparency: Uint8Array | undefined,
  isStraight: boolean,
) {
  /** RGBA, `[256, 4]`: the colour of each index or level of grey. */
  const table = new Uint8Array(256 * 4);
  const [channels, kind, kind16] = TYPES.get(type)!;
  /** The one colour that is transparent, 16 bits a channel; -1 for none. */
  const key = type === GREY || type === RGB
    ? transparentColor(channels, depth, transparency)
    : -1n;
  if (type === PALETTE) {
    if (palette === undefined || palette.length === 0) {
      throw corrupt("it has no palette");
    }
    fillPalette(table, palette, transparency);
  } else if (type === GREY && depth <= 8) fillGrey(table, depth, Number(key));
  if (!isStraight) flattenOverWhite(table);
  return {
    /** The layout of a pixel: a number of {@linkcode PIXEL_KIND}. */
    kind: depth === 16 ? kind16 : kind,
    /** Bits per channel. */
    depth,
    /** Bits per pixel. */
    bits: channels * depth,
    table,
    key,
    isStraight,
  };
}

/** The transparent colour; of its 16 bits a channel, the lowest `depth` count. */
function transparentColor(
  channels: number,
  depth: number,
  transparency: Uint8Array | undefined,
): bigint {
  if (transparency?.length !== channels * 2) return -1n;
  let key = 0n;
  for (let i = 0; i < channels; i++) {
    const level = transparency[2 * i]! << 8 | transparency[2 * i + 1]!;
    key = key << 16n | BigInt(level & (1 << depth) - 1);
  }
  return key;
}

function fillPalette(
  table: Uint8Array,
  palette: Uint8Array,
  transparency: Uint8Array | undefined,
): void {
  for (let i = 0; i < 256; i++) {
    for (let c = 0; c < 3; c++) table[i * 4 + c] = palette[i * 3 + c] ?? 0;
    table[i * 4 + 3] = transparency?.[i] ?? 255;
  }
}

function fillGrey(table: Uint8Array, depth: number, key: number): void {
  const most = (1 << depth) - 1;
  for (let i = 0; i <= most; i++) {
    table.fill(i * 255 / most, i * 4, i * 4 + 3);
    table[i * 4 + 3] = i === key ? 0 : 255;
  }
}
