import type { WasmModuleName } from "../runtime/wasm_modules.ts";
import { either } from "../text/either.ts";
import type { Orientation } from "./exif.ts";

/** A format that Totem decodes. */
export type ImageFormat =
  | "jpeg"
  | "png"
  | "webp"
  | "gif"
  | "avif"
  | "heic"
  | "bmp"
  | "tiff";

/** The format, size and orientation of an image file. */
export interface ImageHeader {
  /** The format of the bytes, whatever the file's name. */
  readonly format: ImageFormat;
  /** The stored width in pixels, before the orientation is applied, at least 1. */
  readonly width: number;
  /** The stored height in pixels, before the orientation is applied, at least 1. */
  readonly height: number;
  /** How to show the stored pixels: EXIF's 1..8, where 1 is as stored. */
  readonly orientation: Orientation;
  /** The stored channels of a JPEG: 1 for grey, 3 for colour, 4 for CMYK or YCCK. */
  readonly components?: number;
  /** True for a PNG or GIF whose rows come in passes; absent otherwise. */
  readonly interlaced?: boolean;
  /**
   * The number of frames of an animation, at least 2; absent for still images. Frames
   * are counted as far as the bytes go. Only the first frame of an AVIF or HEIC can be
   * decoded.
   */
  readonly frames?: number;
}

/** A format whose decoder is a WebAssembly module. */
export type EmbeddedFormat = ImageFormat & WasmModuleName;

/** Names of the formats in messages. */
export const FORMAT_NAMES: Readonly<Record<ImageFormat, string>> = {
  jpeg: "JPEG",
  png: "PNG",
  webp: "WebP",
  gif: "GIF",
  avif: "AVIF",
  heic: "HEIC",
  bmp: "BMP",
  tiff: "TIFF",
};

/** The formats in a sentence: "JPEG, PNG, … or TIFF". */
export const ANY_FORMAT: string = either(Object.values(FORMAT_NAMES));

/** File name endings of images. The format is recognised by the file's bytes. */
export const IMAGE_ENDINGS =
  /\.(jpe?g|jpe|jfif|a?png|webp|gif|bmp|dib|tiff?|avif|hei[cf]|hif)$/i;

/** The media types of the formats in lower case; the first is the registered one. */
export const MEDIA_TYPES: Readonly<Record<ImageFormat, readonly string[]>> = {
  jpeg: ["image/jpeg", "image/jpg"],
  png: ["image/png", "image/apng"],
  webp: ["image/webp"],
  gif: ["image/gif"],
  avif: ["image/avif", "image/avif-sequence"],
  heic: [
    "image/heic",
    "image/heif",
    "image/heic-sequence",
    "image/heif-sequence",
  ],
  bmp: ["image/bmp", "image/x-ms-bmp", "image/x-bmp"],
  tiff: ["image/tiff"],
};
