import {
  type Chunk,
  chunkName,
  CHUNKS,
  chunks,
  chunkType,
  corrupt,
  isCritical,
  SIGNATURE,
  truncated,
  uint32At,
} from "./chunks.ts";
import { isColorType, readColors } from "./colors.ts";
import { crc32 } from "../../io/crc32.ts";

/** The kind of chunks that have data: of an image, or of a frame. */
export type DataType = typeof CHUNKS.IDAT | typeof CHUNKS.fdAT;

/** Everything in a PNG or frame except its pixels, checked. */
export type ParsedPng = ReturnType<typeof parsePng>;

/**
 * Chunks that don't affect pixels, whose faults are ignored. A damaged name can't turn
 * a chunk that affects pixels into one of these.
 */
const HARMLESS = new Set(
  "acTL bKGD cHRM cICP cLLI fcTL fdAT gAMA hIST iCCP iTXt mDCV pHYs sBIT sPLT sRGB tEXt tIME zTXt"
    .split(" ").map(chunkType),
);

/**
 * Reads the chunks of a PNG with a valid header, except its data.
 *
 * @param isStraight Whether to keep alpha instead of compositing over white.
 */
export function parsePng(bytes: Uint8Array, isStraight = false) {
  let header: Chunk | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  /** The offset of the first `IDAT`'s data. */
  let firstData: number | undefined;
  let isWhole = false;
  for (const chunk of chunks(bytes)) {
    const { type, start, end } = chunk;
    if (type === CHUNKS.IDAT) {
      firstData ??= start;
      continue;
    }
    if (HARMLESS.has(type)) continue;
    assertSame(crc32(bytes, start - 4, end), bytes, end, type);
    switch (type) {
      case CHUNKS.IHDR:
        if (header !== undefined) throw corrupt("it has two headers");
        header = chunk;
        break;
      case CHUNKS.PLTE:
        if (palette !== undefined) throw corrupt("it has two palettes");
        if (firstData === undefined) palette = bytes.subarray(start, end);
        break;
      case CHUNKS.tRNS:
        if (firstData === undefined) {
          transparency ??= bytes.subarray(start, end);
        }
        break;
      case CHUNKS.IEND:
        isWhole = true;
        break;
      default:
        if (isCritical(type)) {
          throw corrupt(`its chunk "${chunkName(type)}" is of an unknown kind`);
        }
    }
  }
  if (!isWhole) throw truncated(bytes);
  if (firstData === undefined) throw corrupt("it has no data");
  const { interlaced, depth, color, ...size } = readHeader(bytes);
  const colors = readColors(color, depth, palette, transparency, isStraight);
  return {
    ...size,
    interlaced,
    colors,
    /** The first data chunk, and the type of all data chunks. */
    data: { start: firstData, type: CHUNKS.IDAT as DataType },
  };
}

/** Compares the checksum of a chunk, whose data ends at `end`, with the stored one. */
export function assertSame(
  crc: number,
  bytes: Uint8Array,
  end: number,
  type: number,
): void {
  if (uint32At(bytes, end) === crc) return;
  throw corrupt(
    `it is damaged: its chunk "${chunkName(type)}" doesn't fit its checksum`,
  );
}

/** ISO/IEC 15948, 11.2.2. */
function readHeader(bytes: Uint8Array) {
  const at = SIGNATURE.length + 8;
  const [depth, color, compression, filter, interlace] = bytes.subarray(
    at + 8,
    at + 13,
  ) as unknown as [number, number, number, number, number];
  if (!isColorType(color, depth)) {
    throw corrupt(`its header says ${depth} bits of colour type ${color}`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw corrupt(
      `its header says compression ${compression}, filter ${filter} and interlace ${interlace}`,
    );
  }
  return {
    width: uint32At(bytes, at),
    height: uint32At(bytes, at + 4),
    depth,
    color,
    /** Whether its rows come in seven passes. */
    interlaced: interlace === 1,
  };
}
