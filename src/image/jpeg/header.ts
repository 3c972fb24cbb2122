import { hasExifPrefix, type Orientation, readOrientation } from "../exif.ts";
import type { ImageHeader } from "../image_format.ts";
import { type Frame, isFrame, readFrame } from "./frame.ts";
import { corrupt, MARKERS, segments } from "./segments.ts";

/** Whether `bytes` begin like a JPEG; two bytes are enough. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === MARKERS.SOI &&
    (bytes.length === 2 || bytes[2] === 0xff);
}

/** Reads the frame header and the EXIF orientation of a JPEG. */
export function readJpegHeader(bytes: Uint8Array): ImageHeader {
  let orientation: Orientation | undefined;
  let frame: Frame | undefined;
  for (const { marker, body } of segments(bytes)) {
    if (
      marker === MARKERS.APP1 && orientation === undefined &&
      hasExifPrefix(body)
    ) {
      orientation = readOrientation(body);
    } else if (isFrame(marker)) {
      frame ??= readFrame(marker, body);
    } else if (marker === MARKERS.SOS || marker === MARKERS.EOI) {
      break;
    }
  }
  if (frame === undefined) throw corrupt("it has no frame header");
  return {
    format: "jpeg",
    width: frame.width,
    height: frame.height,
    orientation: orientation ?? 1,
    components: frame.components.length,
  };
}
