import { assertOptions, type OptionNames } from "../argument.ts";
import { assertGeometry } from "../network_arguments.ts";
import { decodeStoredRows, readCheckedHeader } from "./decode.ts";
import {
  assertDecodeOptions,
  DECODE_OPTIONS,
  type DecodeOptions,
} from "./decode_options.ts";
import { assertInputSize, cropAndResize, startOf } from "./crop_and_resize.ts";
import { type CropAndResize, cropBox } from "./crop.ts";
import type { ImageHeader } from "./image_header.ts";
import { bytesOrPixels, type ImageSource } from "./image_source.ts";
import { flipsOf } from "./orientation.ts";
import { startTimeSlice } from "../async/yield.ts";
import type { Pixels } from "./pixels.ts";

/** Options of {@linkcode preprocess}. */
export interface PreprocessOptions extends DecodeOptions {
  /**
   * Called with the ms of wall time that each stage took, when all is done. Fetching
   * isn't one of them; nothing of an image that comes as pixels is decoded.
   */
  readonly onTimings?:
    | ((timings: { readonly decode: number; readonly resize: number }) => void)
    | undefined;
}

const READ_INPUT_OPTIONS: OptionNames<PreprocessOptions> = {
  ...DECODE_OPTIONS,
  onTimings: true,
};

/**
 * Makes the square that a network reads of an image: what {@linkcode decodeImage} and
 * {@linkcode cropAndResize} give, but in one go.
 *
 * A JPEG is decoded and resized row by row. It takes memory in proportion to its
 * width, about 150 bytes a pixel of a row, and a progressive one also 2 bytes for
 * each coefficient that is needed. Where the square is less than half as large as
 * what is kept of the image and the resize is antialiased, a half, a quarter or an
 * eighth of its size is decoded. Levels then stay within 2 on average of what they
 * would be: 0.4 to 0.8 over 44 photos.
 *
 * A PNG is, too, at its full size, and takes 200 KB and 4 to 20 bytes a pixel of a
 * row. One that is interlaced, and a WebP, is in memory as a whole meanwhile: see
 * `maxBufferedPixels`.
 *
 * @param image The bytes of a JPEG, PNG or WebP file, or another
 * {@linkcode ImageSource}. It isn't changed.
 * @param size The side of the result in pixels, a positive integer.
 * @param geometry The model's crop rule and resize method.
 * @returns `size` x `size` pixels; every fourth byte is 255.
 * @throws As {@linkcode decodeImage} and {@linkcode cropAndResize}.
 *
 * @example
 * ```ts
 * import { preprocess } from "@totem/inception";
 *
 * const photo = await Deno.readFile("photo.jpg");
 * const { width, height } = await preprocess(photo, 299, {
 *   crop: { kind: "squash" },
 *   resize: "antialiased",
 * });
 * console.log(width, height); // 299 299
 * ```
 */
export async function preprocess(
  image: ImageSource,
  size: number,
  geometry: CropAndResize,
  options: PreprocessOptions = {},
): Promise<Pixels> {
  assertInputSize(size);
  assertOptions("read an input", options, READ_INPUT_OPTIONS);
  assertDecodeOptions(options);
  assertGeometry("read an input", geometry);
  const bytes = await bytesOrPixels(image, options);
  const begin = performance.now();
  if (!(bytes instanceof Uint8Array)) {
    const input = cropAndResize(bytes, size, geometry);
    options.onTimings?.({ decode: 0, resize: performance.now() - begin });
    return input;
  }
  let resize = 0;
  let input: Pixels;
  const onResized = (time: number) => resize += time;
  const header = readCheckedHeader(bytes, options, isWhole);
  if (header.format === "jpeg") {
    const { readJpegInput } = await import("./jpeg/decoders.ts");
    input = await readJpegInput(bytes, header.orientation, size, geometry, {
      ...options,
      onResized,
    });
  } else {
    input = await readStoredInput(bytes, header, size, geometry, {
      ...options,
      onResized,
    });
  }
  options.onTimings?.({ decode: performance.now() - begin - resize, resize });
  return input;
}

function isWhole({ format, interlaced = false }: ImageHeader): boolean {
  return format === "webp" || interlaced;
}

/** A PNG or WebP to the square that a network reads. */
async function readStoredInput(
  bytes: Uint8Array,
  header: ImageHeader,
  size: number,
  geometry: CropAndResize,
  { signal, onResized }: DecodeOptions & {
    /** Called with the ms of each part of the resize. */
    readonly onResized: (time: number) => void;
  },
): Promise<Pixels> {
  const { width, height, orientation } = header;
  const box = flipsOf(orientation).transposed
    ? cropBox(height, width, geometry.crop)
    : cropBox(width, height, geometry.crop);
  const resize = startOf(geometry)(header, orientation, box, size);
  await decodeStoredRows(
    bytes,
    header,
    startTimeSlice(signal),
    (rows, first) => {
      const begin = performance.now();
      for (let at = 0, row = first; at < rows.length; at += width * 4, row++) {
        if (row < resize.top || row >= resize.bottom) continue;
        resize.addRow(rows, at + resize.left * 4);
      }
      onResized(performance.now() - begin);
    },
  );
  const begin = performance.now();
  const input = resize.finish();
  onResized(performance.now() - begin);
  return input;
}
