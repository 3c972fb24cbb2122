import { throwIfAborted } from "../async/abort.ts";
import {
  assertArgument,
  assertSignal,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { ImageTooLargeError } from "../errors.ts";

/** The default of `maxPixels`: more than a 200-megapixel phone photo. */
export const DEFAULT_MAX_PIXELS = 250_000_000;

/**
 * The default of `maxMemory` in bytes: enough for 12-megapixel photos with 8 bits, in
 * any format.
 */
export const DEFAULT_MAX_MEMORY = 400_000_000;

/**
 * With a `maxMemory` up to this, no worker is started, as a worker needs memory of its
 * own.
 */
const SCARCE_MEMORY = 64_000_000;

/**
 * The maximum total pixels of all frames decoded for a request, as a multiple of
 * `maxPixels`.
 */
export const FRAMES_PER_LIMIT = 4;

/**
 * The maximum width and height in pixels, as in a JPEG. Each row has a cost, so an
 * image of few pixels but millions of rows would be slow.
 */
const MAX_SIDE = 65_535;

/** Options of {@linkcode decodeImage}. */
export interface DecodeOptions {
  /**
   * The largest `width * height` to decode, which limits the work. It is checked in the
   * header. Neither side may have more than 65,535 pixels.
   *
   * @default {250_000_000}
   */
  readonly maxPixels?: number;
  /**
   * The maximum memory for decoding an image, in bytes, without its file. It is checked
   * before memory is taken. Lower it where memory is scarce, and leave 30 MB for the
   * decoder itself. Up to 64 million, no worker is started: a large WebP, AVIF or HEIC
   * keeps the calling thread for up to a second.
   *
   * In {@linkcode preprocess}, JPEG, PNG, BMP, GIF and TIFF are read row by row (a TIFF
   * also by a row of tiles) and take less than 10 MB, however large they are. Others
   * take, in bytes per pixel:
   *
   * - a progressive JPEG 0.4 to 7: 2 for each coefficient that is needed,
   * - an interlaced PNG or GIF 4,
   * - an image that a browser shows 8,
   * - a WebP 12, and its file twice,
   * - an AVIF 24, or 28 beyond 8 bits, 40 times its file, and 16 MiB,
   * - a HEIC 8, or 12 beyond 8 bits, and 3 times its file.
   *
   * The result of {@linkcode decodeImage} takes 4 more, and the frames of an animation
   * 8 more. Photos never take more than this estimate. Unusual WebPs, AVIFs and HEICs
   * can take up to 16, 36 and 20 bytes per pixel: see the table in `docs/api.md`.
   *
   * @default {400_000_000}
   */
  readonly maxMemory?: number;
  /**
   * Whether to decode a JPEG that is cut short, with the missing part grey. Otherwise,
   * and in other formats, such a file is an error.
   *
   * @default {false}
   */
  readonly allowTruncated?: boolean;
  /** Aborts fetching, reading and decoding. */
  readonly signal?: AbortSignal | undefined;
}

export const DECODE_OPTIONS: OptionNames<DecodeOptions> = {
  maxPixels: true,
  maxMemory: true,
  allowTruncated: true,
  signal: true,
};

/**
 * Whether memory is so scarce that everything is decoded on one thread, in one memory:
 * a worker needs 12 MB of its own, and frees its memory late on a busy machine.
 */
export function isMemoryScarce(
  { maxMemory = DEFAULT_MAX_MEMORY }: DecodeOptions,
): boolean {
  return maxMemory <= SCARCE_MEMORY;
}

/** Checks options whose names `assertOptions` has checked, and the signal. */
export function assertDecodeOptions(options: DecodeOptions): void {
  for (const name of ["maxPixels", "maxMemory"] as const) {
    const value = options[name];
    assertArgument(
      value === undefined || isNumber(value, (it) => it > 0),
      `decode an image as ${name} must be a number > 0`,
      value,
    );
  }
  const { signal, allowTruncated } = options;
  assertArgument(
    allowTruncated === undefined || typeof allowTruncated === "boolean",
    "decode an image as allowTruncated must be a boolean",
    allowTruncated,
  );
  assertSignal("decode an image", signal);
  throwIfAborted(signal);
}

/** An image whose size is known, with its name, such as "a JPEG". */
export interface SizedImage {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** @throws {ImageTooLargeError} When an image has too many pixels. */
export function assertSize(
  { name, width, height }: SizedImage,
  { maxPixels = DEFAULT_MAX_PIXELS }: DecodeOptions,
): void {
  const sized = `${name} of ${width}x${height} pixels`;
  const side = Math.max(width, height);
  if (side > MAX_SIDE) {
    throw new ImageTooLargeError(
      `Cannot decode ${sized} as a side may have at most ${MAX_SIDE}: shrink the image`,
      { limit: { of: "side", allowed: MAX_SIDE, found: side } },
    );
  }
  const pixels = width * height;
  if (pixels <= maxPixels) return;
  throw new ImageTooLargeError(
    `Cannot decode ${sized} as these are ${pixels} and the limit is ${maxPixels}: shrink the image or raise maxPixels`,
    { limit: { of: "pixels", allowed: maxPixels, found: pixels } },
  );
}

/**
 * Counts the memory that decoding an image needs.
 *
 * @returns A function that claims further bytes before they are allocated. It throws an
 * {@linkcode ImageTooLargeError} when they exceed the limit.
 */
export function startMemory(
  { name, width, height }: SizedImage,
  { maxMemory = DEFAULT_MAX_MEMORY }: DecodeOptions,
): (bytes: number) => void {
  let sum = 0;
  return (bytes) => {
    sum += bytes;
    if (sum <= maxMemory) return;
    throw new ImageTooLargeError(
      `Cannot decode ${name} of ${width}x${height} pixels as it takes ${sum} bytes of memory and the limit is ${maxMemory}: shrink the image or raise maxMemory`,
      { limit: { of: "memory", allowed: maxMemory, found: sum } },
    );
  };
}
