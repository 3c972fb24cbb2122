/** How pixels are stored: with 8 bits a channel, or 16. */
export const enum PixelKind {
  /** Palettes, and grey of up to 8 bits. */
  indexed,
  rgb,
  greyAlpha,
  rgbAlpha,
  grey16,
  rgb16,
  greyAlpha16,
  rgbAlpha16,
}

const WHITE: u32 = 0xffffffff;
const OPAQUE: u32 = 0xff000000;

/**
 * Converts a row to RGBA, of 16 bits to the upper 8.
 *
 * @param depth Bits of an index: 1, 2, 4 or 8.
 * @param colors RGBA [256], by index.
 * @param key The transparent colour, 16 bits a channel and red on top; -1 for none.
 * @param isStraight Whether to keep alpha instead of compositing over white.
 */
export function expandRow(
  kind: u32,
  depth: u32,
  from: usize,
  to: usize,
  width: usize,
  colors: usize,
  key: u64,
  isStraight: bool,
): void {
  const end = to + (width << 2);
  const hidden: u32 = isStraight ? 0 : WHITE;
  switch (kind) {
    case PixelKind.indexed:
      expandIndices(depth, from, to, end, colors);
      break;
    case PixelKind.rgb:
      for (; to < end; to += 4, from += 3) {
        const r = at8(from, 0), g = at8(from, 1), b = at8(from, 2);
        const isKey = (<u64> r << 32 | <u64> g << 16 | b) == key;
        store<u32>(to, isKey ? hidden : r | g << 8 | b << 16 | OPAQUE);
      }
      break;
    case PixelKind.greyAlpha:
      for (; to < end; to += 4, from += 2) {
        const y = at8(from, 0), alpha = at8(from, 1);
        if (isStraight) store<u32>(to, y * 0x010101 | alpha << 24);
        else store<u32>(to, over8(y, alpha) * 0x010101 | OPAQUE);
      }
      break;
    case PixelKind.rgbAlpha:
      for (; to < end; to += 4, from += 4) {
        const pixel = load<u32>(from);
        const alpha = pixel >> 24;
        if (isStraight || alpha == 255) store<u32>(to, pixel);
        else {
          const r = over8(pixel & 255, alpha);
          const g = over8(pixel >> 8 & 255, alpha);
          const b = over8(pixel >> 16 & 255, alpha);
          store<u32>(to, r | g << 8 | b << 16 | OPAQUE);
        }
      }
      break;
    case PixelKind.grey16:
      for (; to < end; to += 4, from += 2) {
        const y = at16(from, 0);
        store<u32>(to, y == key ? hidden : (<u32> y >> 8) * 0x010101 | OPAQUE);
      }
      break;
    case PixelKind.rgb16:
      for (; to < end; to += 4, from += 6) {
        const r = at16(from, 0), g = at16(from, 2), b = at16(from, 4);
        store<u32>(to, (r << 32 | g << 16 | b) == key ? hidden : upper(r, g, b));
      }
      break;
    case PixelKind.greyAlpha16:
      for (; to < end; to += 4, from += 4) {
        const alpha = at16(from, 2);
        const y = at16(from, 0);
        if (isStraight) store<u32>(to, straight(y, y, y, alpha));
        else {
          const level = over16(y, alpha);
          store<u32>(to, upper(level, level, level));
        }
      }
      break;
    case PixelKind.rgbAlpha16:
      for (; to < end; to += 4, from += 8) {
        const r = at16(from, 0), g = at16(from, 2), b = at16(from, 4);
        const alpha = at16(from, 6);
        if (isStraight) store<u32>(to, straight(r, g, b, alpha));
        else {
          store<u32>(
            to,
            upper(over16(r, alpha), over16(g, alpha), over16(b, alpha)),
          );
        }
      }
      break;
  }
}

/** Expands indices, the first of which is in a byte's upper bits. */
function expandIndices(
  depth: u32,
  from: usize,
  to: usize,
  end: usize,
  colors: usize,
): void {
  const mask: u32 = (1 << depth) - 1;
  let left: u32 = 0;
  let byte: u32 = 0;
  for (; to < end; to += 4) {
    if (left == 0) {
      byte = load<u8>(from++);
      left = 8;
    }
    left -= depth;
    store<u32>(to, load<u32>(colors + (<usize> (byte >> left & mask) << 2)));
  }
}

function at8(from: usize, offset: usize): u32 {
  return load<u8>(from + offset);
}

function at16(from: usize, offset: usize): u64 {
  return bswap(load<u16>(from + offset));
}

function upper(r: u64, g: u64, b: u64): u32 {
  return <u32> (r >> 8 | g >> 8 << 8 | b >> 8 << 16) | OPAQUE;
}

function straight(r: u64, g: u64, b: u64, alpha: u64): u32 {
  return upper(r, g, b) & 0xffffff | <u32> (alpha >> 8) << 24;
}

/** A level over white, `255 - round((255 - level) * alpha / 255)`. */
function over8(level: u32, alpha: u32): u32 {
  const product = (255 - level) * alpha + 128;
  return 255 - ((product + (product >> 8)) >> 8);
}

/** The same in 16 bits. */
function over16(level: u64, alpha: u64): u64 {
  const product = (65535 - level) * alpha + 32768;
  return 65535 - ((product + (product >> 16)) >> 16);
}
