import { CorruptImageError } from "../../errors.ts";

/** The signature of a PNG: "PNG" between bytes that reveal transfers as text. */
export const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Types of chunks: four letters as a number. */
export const CHUNKS = {
  IHDR: 0x49484452,
  PLTE: 0x504c5445,
  tRNS: 0x74524e53,
  IDAT: 0x49444154,
  IEND: 0x49454e44,
  eXIf: 0x65584966,
  acTL: 0x6163544c,
  fcTL: 0x6663544c,
  fdAT: 0x66644154,
} as const;

/** The bytes of a chunk's length, type and checksum. */
const CHUNK_OVERHEAD = 12;

export interface Chunk {
  readonly type: number;
  /** The start and end of its data in the file. Its checksum follows. */
  readonly start: number;
  readonly end: number;
}

/**
 * Walks the chunks up to `IEND`, or to one that is cut short, from the one whose data
 * begins at `from`. A file may have a million of them, so their data isn't touched.
 */
export function* chunks(
  bytes: Uint8Array,
  from: number = SIGNATURE.length + 8,
): Generator<Chunk> {
  for (let start = from; start + 4 <= bytes.length;) {
    const end = start + uint32At(bytes, start - 8);
    if (end + 4 > bytes.length) return;
    const type = uint32At(bytes, start - 4);
    yield { type, start, end };
    if (type === CHUNKS.IEND) return;
    start = end + CHUNK_OVERHEAD;
  }
}

/** Whether an image can't be decoded without the chunk. */
export function isCritical(type: number): boolean {
  return (type & 0x20000000) === 0; // The first letter is a capital.
}

export function chunkType(name: string): number {
  return uint32At(new TextEncoder().encode(name), 0);
}

/** The four letters of a type. */
export function chunkName(type: number): string {
  return String.fromCharCode(
    ...[24, 16, 8, 0].map((shift) => type >>> shift & 255),
  );
}

/** A big-endian number. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 |
    bytes[at + 3]!) >>> 0;
}

export function corrupt(why: string): CorruptImageError {
  return new CorruptImageError(`Cannot decode the PNG as ${why}`, "png");
}

/** The error for a PNG that ends before its `IEND`. */
export function truncated(bytes: Uint8Array): CorruptImageError {
  return corrupt(
    `it is truncated: its ${bytes.length} bytes have no end chunk`,
  );
}
