import { corrupt, truncated, unsupported } from "./errors.ts";

/** The checked headers of a BMP. */
export type ParsedBmp = ReturnType<typeof parseBmp>;

/** The file's header, which precedes the image's. */
const FILE_HEADER = 14;

/**
 * The size of the image's header in OS/2 1, which stores width and height in 16 bits.
 */
const CORE_HEADER = 12;

/** The size of its header in Windows 3, which channel masks may follow. */
const INFO_HEADER = 40;

/** The size of its header in OS/2 2, which numbers compressions differently. */
const OS2_HEADER = 64;

/** Values of the compression field: [MS-WMF] 2.1.1.7. */
const RLE8 = 1;
const RLE4 = 2;
const BIT_FIELDS = 3;
const JPEG = 4;
const PNG = 5;
const ALPHA_BIT_FIELDS = 6;

/** Default masks of red, green, blue and alpha. */
const MASKS_555 = [0x7c00, 0x3e0, 0x1f, 0];
const MASKS_888 = [0xff0000, 0xff00, 0xff, 0];
const MASKS_8888 = [0xff0000, 0xff00, 0xff, 0xff000000];

/**
 * Reads the headers of a BMP of any version of Windows, or of OS/2.
 *
 * @throws {CorruptImageError} When they are cut short or contradict each other.
 * @throws {UnsupportedImageError} When a JPEG, a PNG or a fax is embedded.
 */
export function parseBmp(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FILE_HEADER + CORE_HEADER) throw truncated(bytes);
  const size = view.getUint32(FILE_HEADER, true);
  const end = FILE_HEADER + size;
  if (end > bytes.length) throw truncated(bytes);
  const isCore = size < 16;
  /**
   * A field of the image's header; 0 if this version of the header is too short for it.
   */
  const field = (at: number) =>
    at + 4 <= size ? view.getInt32(FILE_HEADER + at, true) : 0;
  const short = (at: number) => view.getUint16(FILE_HEADER + at, true);
  const width = isCore ? short(4) : field(4);
  const rows = isCore ? short(6) : field(8);
  const bits = short(isCore ? 10 : 14);
  const code = isCore ? 0 : field(16);
  if (width < 0) throw corrupt(`its header says a width of ${width}`);
  const compression = compressionOf(code, size, bits);
  const masks = readMasks(view, code, size, bits);
  const colors = end + (size === INFO_HEADER ? masks.bytes : 0);
  const colorBytes = isCore ? 3 : 4;
  const colorCount = bits > 8 ? 0 : (field(32) >>> 0) || 1 << bits;
  let start = view.getUint32(10, true);
  // Some writers store the palette's offset here, or 0.
  if (start < colors || (start === colors && bits <= 8)) {
    start = colors + colorCount * colorBytes;
  }
  return {
    width,
    height: Math.abs(rows),
    isTopDown: rows < 0,
    /** Bits per pixel. */
    bits,
    compression,
    /**
     * Masks of red, green, blue and alpha, for more than 8 bits; 0 for a missing
     * channel.
     */
    masks: masks.values,
    /** Blue, green and red, `colorBytes` each. */
    palette: bytes.subarray(colors, colors + (colorBytes << Math.min(bits, 8)))
      .subarray(0, colorCount * colorBytes),
    colorBytes,
    /** The offset of the pixels. */
    start,
  };
}

function compressionOf(code: number, size: number, bits: number) {
  const isOs2 = size === OS2_HEADER;
  if (code === JPEG && !isOs2) throw unsupported("BMP that holds a JPEG");
  if (code === PNG) throw unsupported("BMP that holds a PNG");
  if (code === BIT_FIELDS && isOs2) throw unsupported("BMP that holds a fax");
  if (code < 0 || code > ALPHA_BIT_FIELDS || code === JPEG) {
    throw unsupported(`BMP of compression ${code >>> 0}`);
  }
  const isRle = code === RLE8 || code === RLE4;
  const allowed = isRle
    ? [code === RLE8 ? 8 : 4]
    : code === 0
    ? [1, 2, 4, 8, 16, 24, 32]
    : [16, 24, 32];
  if (!allowed.includes(bits)) {
    throw corrupt(
      `its header says ${bits} bits a pixel, with compression ${code}`,
    );
  }
  return isRle ? "RLE" : "none";
}

/**
 * The masks, and how many bytes of masks follow a header that is too short for them.
 */
function readMasks(view: DataView, code: number, size: number, bits: number) {
  if (code !== BIT_FIELDS && code !== ALPHA_BIT_FIELDS) {
    const values = bits === 16 ? MASKS_555 : MASKS_888;
    return { values, bytes: 0 };
  }
  const at = FILE_HEADER + INFO_HEADER;
  const isOwn = size > INFO_HEADER;
  const count = code === ALPHA_BIT_FIELDS || size >= INFO_HEADER + 16 ? 4 : 3;
  if (at + count * 4 > view.byteLength) {
    throw corrupt("its masks of colours are cut short");
  }
  let values = [0, 1, 2, 3].map((i) =>
    i < count ? view.getUint32(at + i * 4, true) : 0
  );
  if (values.every((it) => it === 0)) {
    values = bits === 16 ? MASKS_555 : MASKS_8888;
  }
  return { values, bytes: isOwn ? 0 : count * 4 };
}
