import type { TimeSlice } from "../../async/yield.ts";
import type { DecodeJob } from "../format.ts";
import { truncated } from "./errors.ts";
import { openLzw } from "./lzw.ts";
import type { ParsedTiff } from "./parse.ts";
import {
  type Fill,
  openPackBits,
  type OpenSource,
  openStored,
} from "./sources.ts";
import { COMPRESSION } from "./tags.ts";

/** The position of a strip or tile. */
export interface Part {
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

/** Reads the first `rows` rows of a part. Each is overwritten by the next. */
export type ReadPart = (
  part: Part,
  rows: number,
  take: (row: Uint8Array) => void,
) => Promise<void>;

/** The fields of a job that reading parts needs. */
export type PartJob = Pick<DecodeJob, "claimMemory" | "timeSlice">;

/** Runs a function that reads the parts of a TIFF. */
export async function withPartReader(
  tiff: ParsedTiff,
  { claimMemory, timeSlice }: PartJob,
  use: (read: ReadPart) => Promise<void>,
): Promise<void> {
  switch (tiff.compression) {
    case COMPRESSION.jpeg: {
      const { decodeJpegPart } = await import("./jpeg_part.ts");
      const job = { claimMemory: largestOnly(claimMemory), timeSlice };
      return await use((part, rows, take) =>
        decodeJpegPart(tiff, dataOf(tiff, part, rows), rows, job, take)
      );
    }
    case COMPRESSION.deflate:
    case COMPRESSION.oldDeflate: {
      const { withInflate } = await import("./inflate.ts");
      const { tiles, rowBytes, planes } = tiff;
      const parts = tiles.across * tiles.down * planes;
      return await withInflate(
        rowBytes,
        parts * tiles.height * rowBytes,
        (open) => use(readRows(tiff, timeSlice, open)),
      );
    }
    case COMPRESSION.lzw:
      return await use(readRows(tiff, timeSlice, unchecked(openLzw)));
    case COMPRESSION.packBits:
      return await use(readRows(tiff, timeSlice, unchecked(openPackBits)));
    default:
      return await use(readRows(tiff, timeSlice, unchecked(openStored)));
  }
}

/** Claims memory that parts use in turn, so only the largest counts. */
function largestOnly(
  claimMemory: PartJob["claimMemory"],
): PartJob["claimMemory"] {
  let most = 0;
  return (bytes) => {
    if (bytes <= most) return;
    claimMemory(bytes - most);
    most = bytes;
  };
}

/** A source for a compression without checksums. */
function unchecked(open: (data: Uint8Array) => Fill): OpenSource {
  return (data) => ({ fill: open(data), finish: () => true });
}

function readRows(
  tiff: ParsedTiff,
  timeSlice: TimeSlice,
  open: OpenSource,
): ReadPart {
  const row = new Uint8Array(tiff.rowBytes);
  return async (part, rows, take) => {
    const { fill, finish } = open(dataOf(tiff, part, rows));
    for (let y = 0; y < rows; y++) {
      fill(row);
      if (tiff.isPredicted) addDifferences(tiff, row);
      take(row);
      if (timeSlice.isOver()) await timeSlice.yield();
    }
    while (!finish()) if (timeSlice.isOver()) await timeSlice.yield();
  };
}

/**
 * The data of a part, at most as much as its pixels can need: otherwise surplus bytes
 * would be read again for each part that refers to them.
 */
function dataOf(tiff: ParsedTiff, part: Part, rows: number): Uint8Array {
  const { bytes, tiles, rowBytes, compression } = tiff;
  const { offset, count } = tiles.place(part.plane, part.row, part.column);
  if (offset === 0 || offset >= bytes.length) throw truncated();
  // These compressions are read to their end, beyond the image's last row.
  const isWhole = compression === COMPRESSION.jpeg ||
    compression === COMPRESSION.deflate ||
    compression === COMPRESSION.oldDeflate;
  const stored = isWhole ? tiles.height : rows;
  const most = 2 * stored * rowBytes + 16_384;
  const data = bytes.subarray(offset, offset + Math.min(count, most));
  return tiff.isReversed ? reversed(data) : data;
}

/** A copy with the bits of each byte reversed. */
function reversed(data: Uint8Array): Uint8Array {
  return data.map((byte) => {
    byte = (byte & 0x55) << 1 | byte >> 1 & 0x55;
    byte = (byte & 0x33) << 2 | byte >> 2 & 0x33;
    return byte << 4 | byte >> 4;
  });
}

/** Undoes the horizontal predictor: TIFF 6.0, section 14. */
function addDifferences(
  { bits, samples, planes, isLittle }: ParsedTiff,
  row: Uint8Array,
): void {
  const step = samples / planes;
  if (bits === 8) {
    for (let i = step; i < row.length; i++) row[i]! += row[i - step]!;
    return;
  }
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  for (let at = step * 2; at < row.length; at += 2) {
    const sum = view.getUint16(at, isLittle) +
      view.getUint16(at - step * 2, isLittle);
    view.setUint16(at, sum, isLittle);
  }
}
