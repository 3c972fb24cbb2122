import { CorruptImageError } from "../errors.ts";
import { type Orientation, readOrientation } from "./exif.ts";
import type { ImageHeader } from "./header.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
const IHDR = 0x49484452;
const EXIF = 0x65584966; // "eXIf"
const IEND = 0x49454e44;

/** A chunk's length, type and checksum. */
const CHUNK_OVERHEAD = 12;

/** Whether `bytes` begin as a PNG does, even if they are cut right after. */
export function isPng(bytes: Uint8Array): boolean {
  return [0, 1, 2, 3].every((i) => bytes[i] === SIGNATURE[i]);
}

/**
 * Reads the size of a PNG and the orientation in its `eXIf` chunk, which may
 * stand before or after the pixels.
 *
 * @throws {CorruptImageError} When the signature is damaged or `IHDR` isn't
 * first and whole.
 */
export function readPngHeader(bytes: Uint8Array): ImageHeader {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) {
    throw corrupt(
      bytes.length < SIGNATURE.length
        ? truncation(bytes)
        : "its signature is damaged, as by a transfer in text mode",
    );
  }
  let size: { width: number; height: number } | undefined;
  let orientation: Orientation = 1;
  for (const { type, body } of chunks(bytes)) {
    if (size === undefined) {
      if (type !== IHDR || body.length !== 13) {
        throw corrupt("its first chunk is no IHDR");
      }
      const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
      size = { width: view.getUint32(0), height: view.getUint32(4) };
    } else if (type === EXIF) {
      orientation = readOrientation(body);
      break;
    }
  }
  if (size === undefined) throw corrupt(truncation(bytes));
  return { format: "png", ...size, orientation };
}

/**
 * Checks that a PNG runs through to its `IEND` chunk.
 *
 * @throws {CorruptImageError} When the file is cut short.
 */
export function assertPngComplete(bytes: Uint8Array): void {
  for (const { type } of chunks(bytes)) if (type === IEND) return;
  throw corrupt(truncation(bytes));
}

interface Chunk {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Walks the whole chunks up to `IEND`; one that is cut short ends the walk. */
function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at: number = SIGNATURE.length;
  while (at + CHUNK_OVERHEAD <= bytes.length) {
    const length = view.getUint32(at);
    const end = at + CHUNK_OVERHEAD + length;
    if (end > bytes.length) return;
    const type = view.getUint32(at + 4);
    yield { type, body: bytes.subarray(at + 8, at + 8 + length) };
    if (type === IEND) return;
    at = end;
  }
}

function truncation(bytes: Uint8Array): string {
  return `it is truncated: its ${bytes.length} bytes have no end chunk`;
}

function corrupt(why: string): CorruptImageError {
  return new CorruptImageError(`Cannot decode the PNG as ${why}`, "png");
}
