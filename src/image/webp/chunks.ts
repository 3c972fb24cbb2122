import { CorruptImageError } from "../../errors.ts";

// Chunk names and layouts: RFC 9649, section 2.
const RIFF = 0x52494646;
const WEBP = 0x57454250;
const FILE_HEADER = 12;
const CHUNK_HEADER = 8;

/** Types of chunks: four letters as a number. */
export const CHUNKS = {
  VP8: 0x56503820, // "VP8 "
  VP8L: 0x5650384c,
  VP8X: 0x56503858,
  ALPH: 0x414c5048,
  ANMF: 0x414e4d46,
  EXIF: 0x45584946,
} as const;

/** Millions of empty chunks would block the thread. */
const MAX_CHUNKS = 100_000;

/** Whether `bytes` begin like a WebP. */
export function isWebp(bytes: Uint8Array): boolean {
  if (bytes.length < FILE_HEADER) return false;
  const view = viewOf(bytes);
  return view.getUint32(0) === RIFF && view.getUint32(8) === WEBP;
}

/** The bytes of a complete file, without bytes appended to it. */
export function completeWebp(bytes: Uint8Array): Uint8Array {
  const promised = viewOf(bytes).getUint32(4, true) + CHUNK_HEADER;
  if (promised > bytes.length) throw truncated(bytes);
  return bytes.subarray(0, promised);
}

/** A part of a file. */
export interface Chunk {
  readonly type: number;
  /** Its data, without its padding; less where the file is cut short. */
  readonly body: Uint8Array;
  /** The same, preceded by its header. */
  readonly whole: Uint8Array;
  readonly isCut: boolean;
}

/** Walks the chunks of a file, or of a frame's body from `at` on. */
export function* chunks(
  bytes: Uint8Array,
  at: number = FILE_HEADER,
): Generator<Chunk> {
  const view = viewOf(bytes);
  let count = 0;
  while (at + CHUNK_HEADER <= bytes.length) {
    if (++count > MAX_CHUNKS) {
      throw corrupt(
        `it has more than ${MAX_CHUNKS} chunks: more than any encoder writes`,
      );
    }
    const length = view.getUint32(at + 4, true);
    const start = at + CHUNK_HEADER;
    const end = start + length;
    yield {
      type: view.getUint32(at),
      body: bytes.subarray(start, end),
      whole: bytes.subarray(at, end),
      isCut: end > bytes.length,
    };
    at = end + (length & 1);
  }
}

/** A file of chunks. */
export function joinChunks(...parts: readonly Uint8Array[]): Uint8Array {
  const padded = (length: number) => length + (length & 1);
  const size = parts.reduce((sum, it) => sum + padded(it.length), FILE_HEADER);
  const file = new Uint8Array(size);
  const view = viewOf(file);
  view.setUint32(0, RIFF);
  view.setUint32(4, size - CHUNK_HEADER, true);
  view.setUint32(8, WEBP);
  let at = FILE_HEADER;
  for (const part of parts) {
    file.set(part, at);
    at += padded(part.length);
  }
  return file;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function uint24At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
}

export function truncated(bytes: Uint8Array): CorruptImageError {
  return corrupt(
    `it is truncated: it has ${bytes.length} bytes and its header says more`,
  );
}

export function corrupt(why: string, cause?: unknown): CorruptImageError {
  return new CorruptImageError(
    `Cannot decode the WebP as ${why}`,
    "webp",
    cause === undefined ? undefined : { cause },
  );
}
