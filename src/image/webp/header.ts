import { CorruptImageError, UnsupportedImageError } from "../../errors.ts";
import { type Orientation, readOrientation } from "../exif.ts";
import type { ImageHeader } from "../image_format.ts";

// Chunk names and layouts: RFC 9649, section 2.
const RIFF = 0x52494646;
const WEBP = 0x57454250;
const VP8 = 0x56503820; // "VP8 "
const VP8L = 0x5650384c;
const VP8X = 0x56503858;
const EXIF = 0x45584946;
const FILE_HEADER = 12;
const CHUNK_HEADER = 8;
const ANIMATION_FLAG = 0x02;

/** Millions of empty chunks would keep the thread for long. */
const MAX_CHUNKS = 100_000;

/** Whether `bytes` begin as a WebP does. */
export function isWebp(bytes: Uint8Array): boolean {
  if (bytes.length < FILE_HEADER) return false;
  const view = viewOf(bytes);
  return view.getUint32(0) === RIFF && view.getUint32(8) === WEBP;
}

/** Reads the size of a still WebP, and the orientation in `EXIF` after the pixels. */
export function readWebpHeader(bytes: Uint8Array): ImageHeader {
  let size: ReturnType<typeof readSize> | undefined;
  let orientation: Orientation = 1;
  for (const { type, body } of chunks(bytes)) {
    if (size === undefined) {
      size = readSize(type, body);
      if (type !== VP8X) break; // Only the extended format has metadata.
    } else if (type === EXIF) {
      orientation = readOrientation(body);
      break;
    }
  }
  if (size === undefined) throw truncated(bytes);
  return { format: "webp", ...size, orientation };
}

export function assertWebpComplete(bytes: Uint8Array): void {
  const promised = viewOf(bytes).getUint32(4, true) + CHUNK_HEADER;
  if (promised > bytes.length) throw truncated(bytes);
}

function readSize(type: number, body: Uint8Array) {
  const view = viewOf(body);
  if (type === VP8 && body.length >= 10) {
    // The upper two bits of each are a scale for display, which decoders ignore.
    return {
      width: view.getUint16(6, true) & 0x3fff,
      height: view.getUint16(8, true) & 0x3fff,
    };
  }
  if (type === VP8L && body.length >= 5) {
    const bits = view.getUint32(1, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + (bits >>> 14 & 0x3fff) };
  }
  if (type === VP8X && body.length >= 10) {
    if (view.getUint8(0) & ANIMATION_FLAG) {
      throw new UnsupportedImageError(
        "Cannot decode an animated WebP: save one of its frames as an image first",
        "animated WebP",
      );
    }
    return {
      width: 1 + (view.getUint32(4, true) & 0xffffff),
      height: 1 + (view.getUint32(6, true) >>> 8),
    };
  }
  throw corrupt("its first chunk is no whole VP8, VP8L or VP8X");
}

interface Chunk {
  readonly type: number;
  /** The chunk's data, without its padding; less where the file is cut short. */
  readonly body: Uint8Array;
}

function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes);
  let at = FILE_HEADER;
  let count = 0;
  while (at + CHUNK_HEADER <= bytes.length) {
    if (++count > MAX_CHUNKS) {
      throw corrupt(
        `it has more than ${MAX_CHUNKS} chunks: more than any encoder writes`,
      );
    }
    const length = view.getUint32(at + 4, true);
    const start = at + CHUNK_HEADER;
    yield {
      type: view.getUint32(at),
      body: bytes.subarray(start, start + length),
    };
    at = start + length + (length & 1);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function truncated(bytes: Uint8Array): CorruptImageError {
  return corrupt(
    `it is truncated: it has ${bytes.length} bytes and its header says more`,
  );
}

function corrupt(why: string, cause?: unknown): CorruptImageError {
  return new CorruptImageError(
    `Cannot decode the WebP as ${why}`,
    "webp",
    cause === undefined ? undefined : { cause },
  );
}
