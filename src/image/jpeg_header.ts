import { CorruptImageError, UnsupportedImageError } from "../errors.ts";
import { hasExifPrefix, type Orientation, readOrientation } from "./exif.ts";
import type { ImageHeader } from "./header.ts";

// Marker codes: ITU-T T.81, table B.1.
const SOF0 = 0xc0;
const SOF2 = 0xc2;
const SOF15 = 0xcf;
const DHT = 0xc4;
const JPG = 0xc8;
const SOF9 = 0xc9;
const DAC = 0xcc;
const RST0 = 0xd0;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
const APP1 = 0xe1;
const APP0 = 0xe0;
const APP15 = 0xef;
const COM = 0xfe;
const TEM = 0x01;

/**
 * A progressive file costs a pass over the whole image for every scan, so a
 * small file with thousands of them stalls a decoder. Encoders write about ten.
 */
const MAX_SCANS = 100;

/** Whether `bytes` begin as a JPEG does, even if they are cut right after. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === SOI &&
    (bytes.length === 2 || bytes[2] === 0xff);
}

/**
 * Reads the frame header and the EXIF orientation of a JPEG.
 *
 * @throws {UnsupportedImageError} For 12-bit, lossless, arithmetic-coded and
 * hierarchical files, named in its `format`.
 * @throws {CorruptImageError} When there is no frame header.
 */
export function readJpegHeader(bytes: Uint8Array): ImageHeader {
  let orientation: Orientation | undefined;
  let frame: Omit<ImageHeader, "orientation"> | undefined;
  for (const { marker, body } of segments(bytes)) {
    if (marker === APP1 && orientation === undefined && hasExifPrefix(body)) {
      orientation = readOrientation(body);
    } else if (isFrame(marker)) {
      frame ??= readFrame(marker, body);
    } else if (marker === SOS || marker === EOI) {
      break;
    }
  }
  if (frame === undefined) throw corrupt("it has no frame header");
  return { ...frame, orientation: orientation ?? 1 };
}

/**
 * Checks that a JPEG runs through to its end marker. Decoders only warn where
 * it's missing and paint the rest of the image grey.
 *
 * @throws {CorruptImageError} When the file is cut short or has an absurd
 * number of scans.
 */
export function assertJpegComplete(bytes: Uint8Array): void {
  let scans = 0;
  for (const { marker } of segments(bytes)) {
    if (marker === SOS && ++scans > MAX_SCANS) {
      throw corrupt(`it has more than ${MAX_SCANS} scans`);
    }
  }
}

interface Segment {
  readonly marker: number;
  /** What follows the segment's length; empty for a marker without one. */
  readonly body: Uint8Array;
}

/**
 * Walks a JPEG's segments from SOI up to EOI, whose own segment is the last.
 * Entropy-coded data is stepped over, and so is garbage between segments, as
 * libjpeg does. Bytes after EOI are never looked at.
 */
function* segments(bytes: Uint8Array): Generator<Segment> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  let scanning = false;
  while (true) {
    // `indexOf` is several times faster than a loop over megabytes of scan.
    at = bytes.indexOf(0xff, at);
    if (at < 0) throw truncated(bytes);
    while (bytes[at] === 0xff) at++; // Fill bytes may precede a marker.
    const marker = bytes[at++];
    if (marker === undefined) throw truncated(bytes);
    if (isBare(marker) || (scanning && !mayEndScan(marker))) continue;
    if (marker === EOI) return yield { marker, body: bytes.subarray(at, at) };

    if (at + 2 > bytes.length) throw truncated(bytes);
    const length = view.getUint16(at);
    if (length < 2) throw corrupt(`a segment has a length of ${length}`);
    if (at + length > bytes.length) {
      throw corrupt(
        `it is truncated: a segment runs past the end of its ${bytes.length} bytes`,
      );
    }
    yield { marker, body: bytes.subarray(at + 2, at + length) };
    at += length;
    if (marker === SOS) scanning = true;
  }
}

/** Whether a marker has no length: a stuffed zero, TEM, RSTn or SOI. */
function isBare(marker: number): boolean {
  return marker === 0 || marker === TEM || (marker >= RST0 && marker <= SOI);
}

/** Whether a marker may follow a scan; any other is damage inside one. */
function mayEndScan(marker: number): boolean {
  return marker === EOI || marker === SOS || marker === DHT ||
    marker === DQT || marker === DRI || marker === DAC || marker === COM ||
    (marker >= APP0 && marker <= APP15);
}

function isFrame(marker: number): boolean {
  return marker >= SOF0 && marker <= SOF15 && marker !== DHT &&
    marker !== JPG && marker !== DAC;
}

function readFrame(
  marker: number,
  body: Uint8Array,
): Omit<ImageHeader, "orientation"> {
  if (body.length < 6) throw corrupt("its frame header is too short");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const precision = view.getUint8(0);
  const components = view.getUint8(5);
  if (marker > SOF2) throw unsupported(processName(marker));
  if (precision !== 8) throw unsupported(`${precision}-bit JPEG`);
  if (components !== 1 && components !== 3 && components !== 4) {
    throw unsupported(`JPEG of ${components} components`);
  }
  return {
    format: "jpeg",
    width: view.getUint16(3),
    height: view.getUint16(1),
    components,
  };
}

/** T.81's coding processes beyond the baseline, extended and progressive. */
function processName(marker: number): string {
  if (marker === 0xc3 || marker === 0xcb) return "lossless JPEG";
  if (marker === SOF9 || marker === 0xca) return "arithmetic-coded JPEG";
  return "hierarchical JPEG";
}

function unsupported(found: string): UnsupportedImageError {
  return new UnsupportedImageError(
    `Cannot decode a ${found}: save it as an ordinary 8-bit JPEG first`,
    found,
  );
}

function truncated(bytes: Uint8Array): CorruptImageError {
  return corrupt(
    `it is truncated: its ${bytes.length} bytes have no end marker`,
  );
}

function corrupt(why: string): CorruptImageError {
  return new CorruptImageError(`Cannot decode the JPEG as ${why}`, "jpeg");
}
