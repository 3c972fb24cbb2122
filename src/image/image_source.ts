import { classOf } from "../io/bytes.ts";
import type { DecodeOptions } from "./decode_options.ts";
import { isPixels, type Pixels } from "./pixels.ts";

/**
 * What a browser shows: an `<img>` that is loaded, a `<canvas>` or an
 * `OffscreenCanvas`, a `<video>` that has a frame, an `ImageBitmap`, a `VideoFrame`, or
 * an `ImageData`, which may have floats and colours other than sRGB. Each is recognised
 * by its properties, so no DOM types are needed.
 */
export type ShownImage =
  | { readonly naturalWidth: number; readonly naturalHeight: number }
  | { readonly videoWidth: number; readonly videoHeight: number }
  | { readonly displayWidth: number; readonly displayHeight: number }
  | { readonly width: number; readonly height: number; close(): void }
  | {
    readonly width: number;
    readonly height: number;
    getContext(kind: "2d"): unknown;
  }
  | {
    readonly data: ArrayBufferView;
    readonly width: number;
    readonly height: number;
    readonly colorSpace: string;
  };

/**
 * An image:
 *
 * - the bytes of a file of any `ImageFormat`: a `Uint8Array` (a `Buffer` too), an
 *   `ArrayBuffer`, a `DataView`, or a `Blob` (a `File` too);
 * - the `Response` or the `ReadableStream` that brings them;
 * - their location: a URL, as a `URL` or text (`https:`, `data:`, `blob:`, `file:`), or
 *   a path, in runtimes with files. In a page, text is relative to the page;
 * - pixels: `{ data, width, height }`, an `ImageData` too;
 * - what a browser shows.
 */
export type ImageSource =
  | Uint8Array
  | DataView
  | ArrayBufferLike
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | URL
  | string
  | Pixels
  | ShownImage;

/**
 * A file's bytes, or pixels, copied only where that is necessary.
 *
 * @throws {ArgumentError} When it isn't an {@linkcode ImageSource}: a promise, say.
 * @throws {ImageUnavailableError} When it can't be fetched or read.
 * @throws {UnsupportedImageError} When a server answers with a web page.
 * @throws {ImageTooLargeError} When it has too many bytes or pixels.
 * @throws {AbortedError} When the signal fires.
 */
export async function bytesOrPixels(
  image: ImageSource,
  options: DecodeOptions = {},
): Promise<Uint8Array | Pixels> {
  if (image instanceof Uint8Array) {
    // Other threads may change shared bytes.
    return image.buffer instanceof ArrayBuffer ? image : image.slice();
  }
  // A plain object isn't what a browser shows.
  if (classOf(image) === "Object" && isPixels(image)) return image;
  // Bytes and pixels don't need this module.
  const { readSource } = await import("./read_source.ts");
  return await readSource(image, options);
}
