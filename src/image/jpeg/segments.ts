import { CorruptImageError, UnsupportedImageError } from "../../errors.ts";

/** Marker codes: ITU-T T.81, table B.1. */
export const MARKERS = {
  TEM: 0x01,
  SOF0: 0xc0,
  SOF2: 0xc2,
  SOF9: 0xc9,
  SOF10: 0xca,
  SOF15: 0xcf,
  DHT: 0xc4,
  JPG: 0xc8,
  DAC: 0xcc,
  RST0: 0xd0,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DRI: 0xdd,
  APP0: 0xe0,
  APP1: 0xe1,
  APP14: 0xee,
  APP15: 0xef,
  COM: 0xfe,
} as const;

/** Millions of tiny segments would block the thread for a second. */
const MAX_SEGMENTS = 100_000;

export interface Segment {
  readonly marker: number;
  /** The bytes after the length; empty for a marker without one. */
  readonly body: Uint8Array;
  /** The offset of the marker in the file. */
  readonly start: number;
  /** The end of the segment, where a scan's entropy-coded data begins. */
  readonly end: number;
}

/**
 * Walks a JPEG's segments from SOI to EOI, which is the last. Skips entropy-coded
 * data, and garbage between segments as libjpeg does. Bytes after EOI are ignored.
 * With `mayEnd`, the end of a file that is cut short counts as an EOI.
 */
export function* segments(
  bytes: Uint8Array,
  mayEnd = false,
): Generator<Segment> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  let scanning = false;
  let count = 0;
  while (true) {
    // `indexOf` is several times faster than a loop over megabytes of scan.
    const start = bytes.indexOf(0xff, at);
    at = start;
    while (bytes[at] === 0xff) at++; // Fill bytes may precede the marker's code.
    const marker = start < 0 ? undefined : bytes[at++];
    if (marker !== undefined) {
      if (isBare(marker) || (scanning && !mayEndScan(marker))) continue;
      if (marker === MARKERS.EOI) return yield bare(bytes, start, at);
    }
    const length = marker !== undefined && at + 2 <= bytes.length
      ? view.getUint16(at)
      : Infinity;
    if (at + length > bytes.length || start < 0) {
      if (mayEnd) return yield bare(bytes, bytes.length, bytes.length);
      throw corrupt(
        `it is truncated: its ${bytes.length} bytes have no end marker`,
      );
    }
    if (length < 2) throw corrupt(`a segment has a length of ${length}`);
    if (++count > MAX_SEGMENTS) {
      throw corrupt(
        `it has more than ${MAX_SEGMENTS} segments: more than any encoder writes`,
      );
    }
    const body = bytes.subarray(at + 2, at + length);
    at += length;
    yield { marker: marker!, body, start, end: at };
    if (marker === MARKERS.SOS) scanning = true;
  }
}

function bare(bytes: Uint8Array, start: number, end: number): Segment {
  return { marker: MARKERS.EOI, body: bytes.subarray(end, end), start, end };
}

/** Whether a marker has no length: a stuffed zero, TEM, RSTn or SOI. */
function isBare(marker: number): boolean {
  return marker === 0 || marker === MARKERS.TEM ||
    (marker >= MARKERS.RST0 && marker <= MARKERS.SOI);
}

/** Whether a marker may follow a scan; any other is damage inside one. */
function mayEndScan(marker: number): boolean {
  return marker === MARKERS.EOI || marker === MARKERS.SOS ||
    marker === MARKERS.DHT || marker === MARKERS.DQT ||
    marker === MARKERS.DRI || marker === MARKERS.DAC ||
    marker === MARKERS.COM ||
    (marker >= MARKERS.APP0 && marker <= MARKERS.APP15);
}

export function corrupt(why: string): CorruptImageError {
  return new CorruptImageError(`Cannot decode the JPEG as ${why}`, "jpeg");
}

/** The error for an unsupported kind of JPEG. */
export function unsupported(found: string): UnsupportedImageError {
  return new UnsupportedImageError(
    `Cannot decode a ${found}: save it as an ordinary 8-bit JPEG first`,
    found,
  );
}
