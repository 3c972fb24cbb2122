import { deflateSync } from "node:zlib";
import { chunk } from "../../../src/image/encode_png.ts";
import { adam7Passes } from "../../../src/image/png/passes.ts";
import { SIGNATURE } from "../../../src/image/png/chunks.ts";
import { joinBytes } from "../../../src/io/join_bytes.ts";

/** A chunk: its name and its data. */
export type NamedChunk = readonly [
  name: string,
  data: Uint8Array | readonly number[],
];

/** The parts of a PNG. */
export interface PngParts {
  readonly width: number;
  readonly height: number;
  /** The colour type: 0, 2, 3, 4 or 6. */
  readonly color: number;
  readonly depth: number;
  readonly interlaced?: boolean;
  /** `[height, width, channels]`; zeros unless given. */
  readonly samples?: ArrayLike<number>;
  /** The filter of each row; none by default. */
  readonly filterOf?: (row: number) => number;
  /** Chunks before and after the data. */
  readonly before?: readonly NamedChunk[];
  readonly after?: readonly NamedChunk[];
  /** The compressed rows; by default made from the other fields. */
  readonly data?: Uint8Array;
  /** Compresses the rows; deflate by default. */
  readonly deflate?: (rows: Uint8Array) => Uint8Array;
  /** The maximum size of an IDAT, in bytes. */
  readonly split?: number;
}

/** Samples per pixel, by colour type. */
export const CHANNELS: Readonly<Record<number, number>> = {
  0: 1,
  2: 3,
  3: 1,
  4: 2,
  6: 4,
};

/** Writes a PNG of any type: ISO/IEC 15948. */
export function makePng(parts: PngParts): Uint8Array<ArrayBuffer> {
  const { width, height, color, depth, interlaced = false } = parts;
  const { deflate = deflateSync, split = Infinity } = parts;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, depth);
  header.setUint8(9, color);
  header.setUint8(12, Number(interlaced));
  const data = parts.data ?? deflate(filteredRows(parts));
  const pieces: NamedChunk[] = [];
  for (let at = 0; at < data.length; at += split) {
    pieces.push(["IDAT", data.subarray(at, at + split)]);
  }
  return joinBytes([
    Uint8Array.from(SIGNATURE),
    ...[
      ["IHDR", new Uint8Array(header.buffer)],
      ...parts.before ?? [],
      ...pieces,
      ...parts.after ?? [],
      ["IEND", []],
    ].map((it) => chunk(...it as unknown as NamedChunk)),
  ]);
}

function filteredRows(parts: PngParts): Uint8Array {
  const { width, height, interlaced, color, depth, filterOf = () => 0 } = parts;
  const whole = { x: 0, y: 0, stepX: 1, stepY: 1, width, height };
  const pixelBytes = Math.ceil(CHANNELS[color]! * depth / 8);
  const rows: Uint8Array[] = [];
  for (const pass of interlaced ? adam7Passes(width, height) : [whole]) {
    let above: Uint8Array | undefined;
    for (let y = 0; y < pass.height; y++) {
      const columns = Array.from(
        { length: pass.width },
        (_, i) => pass.x + i * pass.stepX,
      );
      const row = packedRow(parts, pass.y + y * pass.stepY, columns);
      rows.push(filtered(row, above, pixelBytes, filterOf(y)));
      above = row;
    }
  }
  return joinBytes(rows);
}

/** Packs the samples of a row's pixels in `columns` as bits. */
function packedRow(
  { width, color, depth, samples }: PngParts,
  y: number,
  columns: readonly number[],
): Uint8Array {
  const channels = CHANNELS[color]!;
  const bytes = new Uint8Array(
    Math.ceil(columns.length * channels * depth / 8),
  );
  let bit = 0;
  for (const x of columns) {
    for (let c = 0; c < channels; c++, bit += depth) {
      const sample = samples?.[(y * width + x) * channels + c] ?? 0;
      if (depth === 16) {
        bytes[bit >> 3] = sample >> 8;
        bytes[(bit >> 3) + 1] = sample;
      } else bytes[bit >> 3]! |= sample << (8 - depth - bit % 8);
    }
  }
  return bytes;
}

function filtered(
  row: Uint8Array,
  above: Uint8Array | undefined,
  pixelBytes: number,
  filter: number,
): Uint8Array {
  return Uint8Array.from([
    filter,
    ...row.map((it, i) => {
      const left = row[i - pixelBytes] ?? 0;
      const up = above?.[i] ?? 0;
      const corner = i < pixelBytes ? 0 : above?.[i - pixelBytes] ?? 0;
      switch (filter) {
        case 1:
          return it - left;
        case 2:
          return it - up;
        case 3:
          return it - ((left + up) >> 1);
        case 4:
          return it - nearest(left + up - corner, [left, up, corner]);
        default:
          return it;
      }
    }),
  ]);
}

/** The first of the nearest values. */
function nearest(to: number, of: readonly number[]): number {
  return of.reduce((best, it) =>
    Math.abs(it - to) < Math.abs(best - to) ? it : best
  );
}
