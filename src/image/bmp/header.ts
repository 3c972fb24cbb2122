import type { ImageHeader } from "../image_format.ts";
import { parseBmp } from "./parse.ts";

/** Where the size of the second header is. */
const SIZE_AT = 14;

/** Sizes of it: of OS/2 1, and of Windows' fifth version. */
const MIN_SIZE = 12;
const MAX_SIZE = 124;

/** Whether `bytes` begin as a BMP does, as far as they go. "BM" alone may be text. */
export function isBmp(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  if (bytes.length < SIZE_AT + 4) return true;
  return bytes[SIZE_AT]! >= MIN_SIZE && bytes[SIZE_AT]! <= MAX_SIZE &&
    [1, 2, 3].every((i) => bytes[SIZE_AT + i] === 0);
}

/**
 * Reads the size of a BMP. One that is compressed from its last row on is upside down:
 * that is its orientation.
 */
export function readBmpHeader(bytes: Uint8Array): ImageHeader {
  const { width, height, isTopDown, compression } = parseBmp(bytes);
  const orientation = compression === "RLE" && !isTopDown ? 4 : 1;
  return { format: "bmp", width, height, orientation };
}
