import { type Orientation, readOrientation } from "../exif.ts";
import type { ImageHeader } from "../image_format.ts";
import {
  CHUNKS,
  chunks,
  corrupt,
  SIGNATURE,
  truncated,
  uint32At,
} from "./chunks.ts";

/** Whether `bytes` begin like a PNG; four bytes are enough. */
export function isPng(bytes: Uint8Array): boolean {
  return [0, 1, 2, 3].every((i) => bytes[i] === SIGNATURE[i]);
}

/**
 * Reads the size of a PNG, counts its frames, and reads the orientation in `eXIf` before
 * or after the pixels.
 */
export function readPngHeader(bytes: Uint8Array): ImageHeader {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) {
    throw bytes.length < SIGNATURE.length
      ? truncated(bytes)
      : corrupt("its signature is damaged, as by a transfer in text mode");
  }
  let header: Omit<ImageHeader, "orientation"> | undefined;
  let orientation: Orientation | undefined;
  let isAnimated = false;
  let hasData = false;
  let frames = 0;
  for (const { type, start, end } of chunks(bytes)) {
    if (header === undefined) {
      if (type !== CHUNKS.IHDR || end - start !== 13) {
        throw corrupt("its first chunk is no IHDR");
      }
      header = {
        format: "png",
        width: uint32At(bytes, start),
        height: uint32At(bytes, start + 4),
        ...(bytes[start + 12] === 1 && { interlaced: true }),
      };
    } else if (type === CHUNKS.eXIf) {
      orientation ??= readOrientation(bytes.subarray(start, end));
    } else if (type === CHUNKS.acTL) isAnimated ||= !hasData;
    else if (type === CHUNKS.fcTL) {
      // An image before the first frame counts as one: see `animation.ts`.
      frames += frames === 0 && hasData ? 2 : 1;
    } else if (type === CHUNKS.IDAT) hasData = true;
  }
  if (header === undefined) throw truncated(bytes);
  return {
    ...header,
    orientation: orientation ?? 1,
    ...isAnimated && frames > 1 && { frames },
  };
}
