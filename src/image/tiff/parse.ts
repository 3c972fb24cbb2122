import type { Directory } from "./directory.ts";
import { corrupt, unsupported } from "./errors.ts";
import { findPage, sizeOf } from "./header.ts";
import { COMPRESSION, PHOTOMETRIC, TAGS } from "./tags.ts";

/** How the pixels of a TIFF are stored. */
export type ParsedTiff = ReturnType<typeof parseTiff>;

const COMPRESSIONS = new Set<number>(Object.values(COMPRESSION));

/** Names of compressions that aren't decoded. */
const OTHER_COMPRESSIONS = new Map([
  [2, "fax (CCITT)"],
  [3, "fax (CCITT)"],
  [4, "fax (CCITT)"],
  [COMPRESSION.oldJpeg, "JPEG of the old kind"],
  [34712, "JPEG 2000"],
  [34925, "LZMA"],
  [50000, "Zstandard"],
  [50001, "WebP"],
  [50002, "JPEG XL"],
  [52546, "JPEG XL"],
]);

/** The maximum samples per pixel, including alpha and hidden ones. */
const MAX_SAMPLES = 8;

/** Each part has a cost, however few pixels it has. Tiles are mostly of 256x256. */
const MAX_PARTS = 65_536;

/** The widest tile of an image that is narrower. */
const MAX_PADDED_WIDTH = 4096;

/**
 * Reads and checks all fields on how pixels are stored. The data isn't touched.
 *
 * @throws {UnsupportedImageError} When the kind isn't decoded.
 * @throws {CorruptImageError} When fields are missing or contradict each other.
 */
export function parseTiff(bytes: Uint8Array) {
  const { opening, directory } = findPage(bytes);
  const { width, height } = sizeOf(directory);
  const compression = directory.number(TAGS.compression) ?? COMPRESSION.none;
  if (!COMPRESSIONS.has(compression) || compression === COMPRESSION.oldJpeg) {
    const name = OTHER_COMPRESSIONS.get(compression) ?? `kind ${compression}`;
    throw unsupported(`TIFF compressed as ${name}`);
  }
  const isJpeg = compression === COMPRESSION.jpeg;
  const samples = directory.number(TAGS.samples) ?? 1;
  if (samples < 1 || samples > MAX_SAMPLES) {
    throw corrupt(`its header says ${samples} samples a pixel`);
  }
  const bits = bitsOf(directory, samples);
  const format = directory.number(TAGS.sampleFormat) ?? 1;
  if (format !== 1) throw unsupported("TIFF of floats or signed numbers");
  const colors = colorsOf(directory, samples, bits, isJpeg);
  const isPlanar = samples > 1 && directory.number(TAGS.planar) === 2;
  if (isPlanar && colors.photometric === PHOTOMETRIC.yCbCr) {
    throw unsupported("TIFF of YCbCr in planes");
  }
  const canPredict = compression === COMPRESSION.lzw ||
    compression === COMPRESSION.deflate ||
    compression === COMPRESSION.oldDeflate;
  const predictor = canPredict ? directory.number(TAGS.predictor) ?? 1 : 1;
  if (predictor !== 1 && (predictor !== 2 || bits < 8)) {
    throw unsupported(`TIFF of predictor ${predictor} and ${bits} bits`);
  }
  const planes = isPlanar ? samples : 1;
  const tiles = tilesOf(directory, width, height, planes);
  const rowBytes = Math.ceil(
    tiles.width * (isPlanar ? 1 : samples) * bits / 8,
  );
  if (tiles.across > 1 && tiles.width * bits % 8 !== 0) {
    throw corrupt(`its tiles have a width of ${tiles.width}`);
  }
  const tables = directory.valuesOf(TAGS.jpegTables);
  return {
    bytes,
    width,
    height,
    compression,
    /** Whether numbers of 16 bits are stored with the lower byte first. */
    isLittle: opening.isLittle,
    /** Whether the first of pixels that share a byte is in its lowest bits. */
    isReversed: directory.number(TAGS.fillOrder) === 2 && !isJpeg,
    /** Whether samples are stored as differences. */
    isPredicted: predictor === 2,
    /** Samples per pixel, over all planes. */
    samples,
    /** Bits per sample: 1, 2, 4, 8 or 16. */
    bits,
    /** The number of planes: 1 or `samples`. */
    planes,
    colors,
    /** Strips are tiles as wide as the image. */
    tiles,
    /** Bytes of a row in a tile of one plane. */
    rowBytes,
    /** Tables shared by all JPEG data; empty if each part has its own. */
    jpegTables: tables?.bytes === 1
      ? bytes.subarray(tables.from, tables.from + tables.count)
      : bytes.subarray(0, 0),
  };
}

/** The bits of each sample, which must be the same. */
function bitsOf(directory: Directory, samples: number): number {
  const all = directory.numbers(TAGS.bits, samples);
  const bits = all[0] ?? 1;
  if (all.some((it) => it !== bits)) {
    throw unsupported(`TIFF of ${all.join(", ")} bits`);
  }
  if (![1, 2, 4, 8, 16].includes(bits)) {
    throw unsupported(`TIFF of ${bits} bits a sample`);
  }
  return bits;
}

/** The colour interpretation of samples. */
function colorsOf(
  directory: Directory,
  samples: number,
  bits: number,
  isJpeg: boolean,
) {
  const { rgb, palette, separated, yCbCr, whiteIsZero, blackIsZero } =
    PHOTOMETRIC;
  const photometric = directory.number(TAGS.photometric) ?? whiteIsZero;
  const kind = photometric === whiteIsZero || photometric === blackIsZero
    ? "grey"
    : photometric === palette
    ? "palette"
    : photometric === rgb || photometric === yCbCr && isJpeg
    ? "rgb"
    : photometric === separated && (directory.number(TAGS.inkSet) ?? 1) === 1
    ? "cmyk"
    : undefined;
  if (kind === undefined) throw unsupported(nameOf(photometric));
  const count = kind === "rgb" ? 3 : kind === "cmyk" ? 4 : 1;
  if (samples < count) {
    throw corrupt(`its header says ${samples} samples a pixel of ${kind}`);
  }
  if (isJpeg && (bits !== 8 || kind === "cmyk" || samples > count)) {
    throw unsupported(`TIFF of ${samples} samples compressed as JPEG`);
  }
  const isTable = kind === "grey" || kind === "palette";
  // Several bands, as from satellites: nothing says which of them are visible colours.
  if (isTable && samples > 2) throw unsupported(`TIFF of ${samples} bands`);
  if (bits < 8 ? !isTable || samples > 1 : bits > 8 && kind === "palette") {
    throw unsupported(`TIFF of ${kind} with ${bits} bits a sample`);
  }
  const [extra] = directory.numbers(TAGS.extraSamples, 1);
  const hasAlpha = samples > count &&
    // Older writers don't name alpha; Corel calls it 999.
    (extra === undefined ? kind === "rgb" : [1, 2, 999].includes(extra));
  return {
    photometric,
    kind,
    alpha: !hasAlpha ? "none" : extra === 1 ? "associated" : "straight",
    /** `[3, 2 ** bits]`: red, green and blue, 16 bits each. */
    palette: kind === "palette" ? paletteOf(directory, bits) : undefined,
  } as const;
}

function nameOf(photometric: number): string {
  switch (photometric) {
    case PHOTOMETRIC.lab:
      return "TIFF of CIE L*a*b*";
    case PHOTOMETRIC.yCbCr:
      return "TIFF of YCbCr that isn't compressed as JPEG";
    case PHOTOMETRIC.separated:
      return "TIFF of inks other than CMYK";
    default:
      return `TIFF of colours of kind ${photometric}`;
  }
}

function paletteOf(directory: Directory, bits: number): readonly number[] {
  const count = 3 << bits;
  const palette = directory.numbers(TAGS.colorMap, count);
  if (palette.length < count) {
    throw corrupt("it has no palette, or a part of it");
  }
  return palette;
}

/** The tiling of the image, and the locations of its parts. */
function tilesOf(
  directory: Directory,
  width: number,
  height: number,
  planes: number,
) {
  const isTiled = directory.has(TAGS.tileWidth);
  const tileWidth = isTiled ? directory.number(TAGS.tileWidth)! : width;
  const rows = directory.number(isTiled ? TAGS.tileHeight : TAGS.rowsPerStrip);
  const tileHeight = isTiled ? rows ?? 0 : Math.min(rows || height, height);
  if (!(tileWidth > 0 && tileHeight > 0)) {
    throw corrupt(`its tiles have ${tileWidth}x${tileHeight} pixels`);
  }
  if (tileWidth >= width + 16 && tileWidth > MAX_PADDED_WIDTH) {
    throw corrupt(`its tiles have a width of ${tileWidth}`);
  }
  const across = Math.ceil(width / tileWidth);
  const down = Math.ceil(height / tileHeight);
  const parts = across * down * planes;
  if (parts > MAX_PARTS) {
    throw corrupt(
      `it is cut into ${parts} parts, which is more than any encoder writes`,
    );
  }
  const offsets = directory.valuesOf(
    isTiled ? TAGS.tileOffsets : TAGS.stripOffsets,
  );
  if (!offsets || offsets.count < parts) {
    throw corrupt("it has fewer parts than its size needs");
  }
  const counts = directory.valuesOf(
    isTiled ? TAGS.tileByteCounts : TAGS.stripByteCounts,
  );
  return {
    width: tileWidth,
    height: tileHeight,
    across,
    down,
    /** The offset of a part and its length, which old writers omit. */
    place(plane: number, row: number, column: number) {
      const i = (plane * down + row) * across + column;
      return {
        offset: offsets.valueAt(i),
        count: counts && i < counts.count ? counts.valueAt(i) : Infinity,
      };
    },
  };
}
