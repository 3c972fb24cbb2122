import { type Orientation, readOrientation } from "../exif.ts";
import type { ImageHeader } from "../image_format.ts";
import {
  CHUNKS,
  chunks,
  corrupt,
  truncated,
  uint24At,
  viewOf,
} from "./chunks.ts";

export { isWebp } from "./chunks.ts";

const ANIMATION_FLAG = 0x02;

/**
 * Reads the size of a WebP, counts its frames, and reads the orientation in `EXIF` after
 * the pixels.
 */
export function readWebpHeader(bytes: Uint8Array): ImageHeader {
  let size: ReturnType<typeof readSize> | undefined;
  let orientation: Orientation = 1;
  let frames = 0;
  for (const { type, body, isCut } of chunks(bytes)) {
    if (size === undefined) {
      size = readSize(type, body);
      if (size === undefined) {
        throw isCut
          ? truncated(bytes)
          : corrupt("its first chunk is no whole VP8, VP8L or VP8X");
      }
      if (type !== CHUNKS.VP8X) break; // Only the extended format has metadata.
    } else if (type === CHUNKS.ANMF) frames++;
    else if (type === CHUNKS.EXIF) {
      orientation = readOrientation(body);
      break;
    }
  }
  if (size === undefined) throw truncated(bytes);
  return {
    format: "webp",
    ...size,
    orientation,
    ...frames > 1 && isAnimated(bytes) && { frames },
  };
}

/** Whether a WebP consists of frames, even if there is only one. */
export function isAnimated(bytes: Uint8Array): boolean {
  const { value } = chunks(bytes).next();
  return value?.type === CHUNKS.VP8X && (value.body[0]! & ANIMATION_FLAG) !== 0;
}

function readSize(type: number, body: Uint8Array) {
  const view = viewOf(body);
  if (type === CHUNKS.VP8 && body.length >= 10) {
    // The upper two bits of each are a scale for display, which decoders ignore.
    return {
      width: view.getUint16(6, true) & 0x3fff,
      height: view.getUint16(8, true) & 0x3fff,
    };
  }
  if (type === CHUNKS.VP8L && body.length >= 5) {
    const bits = view.getUint32(1, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + (bits >>> 14 & 0x3fff) };
  }
  if (type === CHUNKS.VP8X && body.length >= 10) {
    return { width: 1 + uint24At(body, 4), height: 1 + uint24At(body, 7) };
  }
  return undefined;
}
