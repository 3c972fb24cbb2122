import { joinBytes } from "../../io/join_bytes.ts";
import { CorruptImageError } from "../../errors.ts";
import { decodeJpegRows } from "../jpeg/decode_rows.ts";
import { readJpegHeader } from "../jpeg/header.ts";
import { MARKERS, segments } from "../jpeg/segments.ts";
import { corrupt } from "./errors.ts";
import type { ParsedTiff } from "./parse.ts";
import type { PartJob } from "./read_part.ts";
import { PHOTOMETRIC } from "./tags.ts";

const SOI = [0xff, MARKERS.SOI];

/** "Adobe", versions and flags; the transform follows. */
const ADOBE = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100];

/**
 * Decodes a JPEG that is a part of a TIFF, to `rows` rows of `width` pixels with as
 * many samples as the TIFF has. The TIFF's own colour fields take precedence.
 */
export async function decodeJpegPart(
  { jpegTables, samples, planes, colors, tiles }: ParsedTiff,
  data: Uint8Array,
  rows: number,
  { claimMemory, timeSlice }: PartJob,
  take: (row: Uint8Array) => void,
): Promise<void> {
  const components = samples / planes;
  const width = tiles.width;
  const row = new Uint8Array(width * components);
  try {
    const transform = components === 1
      ? undefined
      : Number(colors.photometric === PHOTOMETRIC.yCbCr);
    const bytes = joinStream(jpegTables, data, transform);
    const header = readJpegHeader(bytes);
    if (
      header.width !== width || header.components !== components ||
      header.height < rows || header.height > tiles.height
    ) {
      throw corrupt(
        `it has a JPEG of ${header.width}x${header.height} pixels where one of ${width}x${rows} belongs`,
      );
    }
    const region = { left: 0, top: 0, right: width, bottom: rows };
    const file = { bytes, mayEnd: false, region, claimMemory };
    await decodeJpegRows(file, timeSlice, (rgba) => {
      for (let at = 0; at < rgba.length; at += width * 4) {
        for (let x = 0, to = 0; x < width; x++) {
          for (let c = 0; c < components; c++) {
            row[to++] = rgba[at + x * 4 + c]!;
          }
        }
        take(row);
      }
    });
  } catch (cause) {
    if (!(cause instanceof CorruptImageError) || cause.format === "tiff") {
      throw cause;
    }
    throw corrupt("a JPEG in it is truncated or damaged", cause);
  }
}

/**
 * Joins tables and data to a whole JPEG without their application segments, which might
 * contradict the TIFF's colour fields.
 *
 * @param transform How colours are stored: 0 RGB, 1 YCbCr; `undefined` for grey.
 */
function joinStream(
  tables: Uint8Array,
  data: Uint8Array,
  transform: number | undefined,
): Uint8Array {
  const parts: (Uint8Array | readonly number[])[] = [SOI];
  if (transform !== undefined) parts.push([...ADOBE, 0, 0, 0, 0, transform]);
  for (const [source, isData] of [[tables, false], [data, true]] as const) {
    if (!isData && source.length === 0) continue;
    for (const { marker, start, end } of segments(source, !isData)) {
      if (marker === MARKERS.SOS || marker === MARKERS.EOI) {
        if (isData) parts.push(source.subarray(start));
        break;
      }
      if (marker >= MARKERS.APP0 && marker <= MARKERS.APP15) continue;
      parts.push(source.subarray(start, end));
    }
  }
  return joinBytes(parts);
}
