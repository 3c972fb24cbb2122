import {
  decodeImage,
  type DecodeOptions,
  readCheckedHeader,
} from "./decode.ts";
import { assertInputSize, fitImage, type InputGeometry } from "./fit.ts";
import type { Pixels } from "./pixels.ts";

/** Options of {@linkcode readInput}. */
export interface ReadInputOptions extends DecodeOptions {
  /** Called with what was taken by each stage, in ms of wall time, when it's done. */
  readonly onTimings?:
    | ((timings: { readonly decode: number; readonly resize: number }) => void)
    | undefined;
}

/**
 * Makes the square that a network reads of the bytes of a JPEG, PNG or WebP: what
 * {@linkcode decodeImage} and {@linkcode fitImage} give, but in one go.
 *
 * A JPEG for an antialiased resize is decoded and resized row by row. It takes
 * memory in proportion to its width, about 150 bytes a pixel of a row, and a
 * progressive one also 2 bytes for each coefficient that is needed. Where the
 * square is less than half as large as what is kept of the image, a half, a
 * quarter or an eighth of its size is decoded. Levels then stay within 2 on
 * average of what they would be: 0.4 to 0.8 over 44 photos.
 *
 * @param bytes The whole file. It isn't changed.
 * @param size The side of the result in pixels, a positive integer.
 * @param geometry The model's crop rule and resize method.
 * @returns `size` x `size` pixels; every fourth byte is 255.
 * @throws As {@linkcode decodeImage} and {@linkcode fitImage}.
 *
 * @example
 * ```ts ignore
 * const input = await readInput(bytes, 299, {
 *   crop: { kind: "squash" },
 *   resize: "antialiased",
 * });
 * ```
 */
export async function readInput(
  bytes: Uint8Array,
  size: number,
  geometry: InputGeometry,
  options: ReadInputOptions = {},
): Promise<Pixels> {
  assertInputSize(size);
  const begin = performance.now();
  let resize = 0;
  let input: Pixels;
  const { format, orientation } = readCheckedHeader(bytes, options);
  if (format === "jpeg" && geometry.resize === "antialiased") {
    const { readJpegInput } = await import("./jpeg/read_input.ts");
    input = await readJpegInput(bytes, orientation, size, geometry.crop, {
      ...options,
      onResized: (time) => resize += time,
    });
  } else {
    // The half-pixel resize sees single pixels: at another scale they are others.
    const image = await decodeImage(bytes, options);
    const decoded = performance.now();
    input = fitImage(image, size, geometry);
    resize = performance.now() - decoded;
    if (input.data.buffer !== image.data.buffer) free(image);
  }
  options.onTimings?.({ decode: performance.now() - begin - resize, resize });
  return input;
}

/**
 * Gives an image's memory back. The collector would let it lie until there is much
 * of it: too much for an edge function.
 */
function free({ data: { buffer } }: Pixels): void {
  // Node 20 can't.
  if (buffer instanceof ArrayBuffer) buffer.transfer?.(0);
}
