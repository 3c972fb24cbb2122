import { isBmp, readBmpHeader } from "./bmp/header.ts";
import type { Format } from "./format.ts";
import { isGif, readGifHeader } from "./gif/header.ts";
import { type HeifHeader, isHeif, readHeifHeader } from "./heif/header.ts";
import type { ImageFormat, ImageHeader } from "./image_format.ts";
import { JPEG } from "./jpeg/format.ts";
import { isPng, readPngHeader } from "./png/header.ts";
import type { Region, TakeRows } from "./rows.ts";
import { isTiff, readTiffHeader } from "./tiff/header.ts";
import { isWebp, readWebpHeader } from "./webp/header.ts";

/** The formats that Totem decodes. */
export const FORMATS: Readonly<Record<ImageFormat, Format>> = {
  jpeg: JPEG,
  png: {
    matches: isPng,
    readHeader: readPngHeader,
    memoryBytes: (header) => header.interlaced ? perPixel(header, 4) : 0,
    loadFrames: async () => (await import("./png/animation.ts")).openPng,
    async loadDecoder() {
      const { decodePngRows } = await import("./png/decode_rows.ts");
      return (job, take) => decodePngRows(job, cutOut(job.region, take));
    },
  },
  webp: {
    matches: isWebp,
    readHeader: readWebpHeader,
    memoryBytes: (header, fileBytes) => perPixel(header, 12) + 2 * fileBytes,
    assertDecoder: async () =>
      await (await import("./webp/decode_still.ts")).loadLibwebp(),
    loadFrames: async () => (await import("./webp/animation.ts")).openWebp,
    async loadDecoder() {
      const { decodeWebpRows } = await import("./webp/decode_rows.ts");
      return ({ bytes, header, region, isScarce, timeSlice }, take) =>
        decodeWebpRows(
          bytes,
          header,
          isScarce,
          timeSlice,
          cutOut(region, take),
        );
    },
  },
  avif: {
    matches: isHeif,
    readHeader: readHeifHeader,
    memoryBytes: (header, fileBytes) =>
      (16 << 20) + perPixel(header, isDeep(header) ? 28 : 24) + 40 * fileBytes,
    assertDecoder: async () =>
      await (await import("./avif/decode_rows.ts")).loadLibavif(),
    async loadDecoder() {
      const { decodeAvifRows } = await import("./avif/decode_rows.ts");
      return ({ bytes, region, isScarce, timeSlice }, take) =>
        decodeAvifRows(bytes, isScarce, timeSlice, cutOut(region, take));
    },
  },
  heic: {
    matches: isHeif,
    readHeader: readHeifHeader,
    memoryBytes: (header, fileBytes) =>
      perPixel(header, isDeep(header) ? 12 : 8) + 3 * fileBytes,
    assertDecoder: async () =>
      await (await import("./heic/decode_rows.ts")).assertHeicDecoder(),
    async loadDecoder() {
      const { decodeHeicRows } = await import("./heic/decode_rows.ts");
      return ({ bytes, region, isScarce, timeSlice }, take) =>
        decodeHeicRows(bytes, isScarce, timeSlice, cutOut(region, take));
    },
  },
  bmp: {
    matches: isBmp,
    readHeader: readBmpHeader,
    memoryBytes: () => 0,
    async loadDecoder() {
      const { decodeBmpRows } = await import("./bmp/decode_rows.ts");
      return ({ bytes, region, timeSlice }, take) =>
        decodeBmpRows(bytes, timeSlice, cutOut(region, take));
    },
  },
  gif: {
    matches: isGif,
    readHeader: readGifHeader,
    memoryBytes: (header) => header.interlaced ? perPixel(header, 4) : 0,
    async loadFrames() {
      const { openGif } = await import("./gif/animation.ts");
      return (bytes, header) => openGif(bytes, header);
    },
    async loadDecoder() {
      const { decodeGifRows } = await import("./gif/decode_rows.ts");
      return ({ bytes, header, region, timeSlice }, take) =>
        decodeGifRows(bytes, header, timeSlice, cutOut(region, take));
    },
  },
  tiff: {
    matches: isTiff,
    readHeader: readTiffHeader,
    memoryBytes: () => 0, // Its memory is claimed when its layout is known.
    async loadDecoder() {
      const { decodeTiffRows } = await import("./tiff/decode_rows.ts");
      return (job, take) => decodeTiffRows(job, cutOut(job.region, take));
    },
  },
};

/** Whether an AVIF or HEIC has more than 8 bits. */
function isDeep(header: ImageHeader): boolean {
  return (header as HeifHeader).isDeep;
}

function perPixel({ width, height }: ImageHeader, bytes: number): number {
  return bytes * width * height;
}

/** Receives whole rows and passes on the part of each that is in the region. */
function cutOut(region: Region | undefined, take: TakeRows): TakeRows {
  if (region === undefined) return take;
  return (rows, row) => {
    if (row < region.top || row >= region.bottom) return;
    take(rows.subarray(region.left * 4, region.right * 4), row);
  };
}
