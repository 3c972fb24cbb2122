import type { ImageHeader } from "../image_format.ts";
import { parseBmp } from "./parse.ts";

/** Offset of the second header's size. */
const SIZE_AT = 14;

/** Its smallest size (OS/2 1) and its largest (version 5 of Windows). */
const MIN_SIZE = 12;
const MAX_SIZE = 124;

/** Whether `bytes`, possibly cut off, begin like a BMP. "BM" alone may be text. */
export function isBmp(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  if (bytes.length < SIZE_AT + 4) return true;
  return bytes[SIZE_AT]! >= MIN_SIZE && bytes[SIZE_AT]! <= MAX_SIZE &&
    [1, 2, 3].every((i) => bytes[SIZE_AT + i] === 0);
}

/**
 * Reads the size of a BMP. A compressed BMP that stores its last row first has
 * orientation 4, upside down.
 */
export function readBmpHeader(bytes: Uint8Array): ImageHeader {
  const { width, height, isTopDown, compression } = parseBmp(bytes);
  const orientation = compression === "RLE" && !isTopDown ? 4 : 1;
  return { format: "bmp", width, height, orientation };
}
