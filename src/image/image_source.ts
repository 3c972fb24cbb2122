/**
 * Images as programs hold them: files in memory, elsewhere or on their way, pixels,
 * and what a browser shows.
 *
 * @module
 */
import { shownValue } from "../argument.ts";
import { ArgumentError, ImageUnavailableError } from "../errors.ts";
import { classOf, heldBytes } from "../held_bytes.ts";
import type { DecodeOptions } from "./decode_options.ts";
import { expectFileSize } from "./file_size.ts";
import type { Pixels } from "./pixels.ts";

/**
 * What a browser shows: an `<img>` that is loaded, a `<canvas>` or an
 * `OffscreenCanvas`, a `<video>` that has a frame, an `ImageBitmap` or a `VideoFrame`.
 * The types are told by what they have, so that no library of types is needed.
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
  };

/**
 * An image:
 *
 * - the bytes of a JPEG, PNG or WebP file: a `Uint8Array` (a `Buffer` too), an
 *   `ArrayBuffer`, a `DataView`, or a `Blob` (a `File` too);
 * - the `Response` or the `ReadableStream` that brings them;
 * - where they are: an address as a `URL` or text (`https:`, `data:`, `blob:`,
 *   `file:`), or a path where there are files. In a page it is relative to the page;
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
 * A file's bytes, or pixels. Neither is a copy where it needn't be.
 *
 * @throws {ArgumentError} When it is nothing that is taken: a promise, say.
 * @throws {ImageUnavailableError} When it can't be fetched or read.
 * @throws {UnsupportedImageError} When a server answers with a web page.
 * @throws {ImageTooLargeError} When it has too many bytes or pixels.
 * @throws {AbortedError} When the signal fires.
 */
export async function bytesOrPixels(
  image: ImageSource,
  options: DecodeOptions = {},
): Promise<Uint8Array | Pixels> {
  const kind = typeof image === "string" ? "string" : classOf(image);
  switch (kind) {
    case "Blob":
    case "File":
      return await readBlob(image as Blob);
    case "string":
    case "URL":
    case "Response":
    case "ReadableStream": {
      const { fetchBytes } = await import("./fetch_bytes.ts");
      return await fetchBytes(image as string | URL, options);
    }
    case "HTMLImageElement":
    case "HTMLCanvasElement":
    case "HTMLVideoElement":
    case "OffscreenCanvas":
    case "ImageBitmap":
    case "VideoFrame": {
      const { drawnPixels } = await import("./drawn_pixels.ts");
      return drawnPixels(kind, image, options);
    }
  }
  const bytes = heldBytes(image);
  // What is in clamped bytes and floats is pixels, of unknown width.
  if (bytes && !/Clamped|Float/.test(kind)) return bytes;
  if (!isPixels(image)) throw notTaken(image);
  if (kind !== "ImageData" || isBytesOfSrgb(image)) return image;
  const { drawnPixels } = await import("./drawn_pixels.ts");
  return drawnPixels(kind, image, options);
}

async function readBlob(blob: Blob): Promise<Uint8Array> {
  expectFileSize("the Blob", blob.size);
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    // A file may be gone, or be another, since it was chosen.
    throw new ImageUnavailableError(
      `Cannot read the ${classOf(blob)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function isPixels(image: unknown): image is Pixels {
  return typeof image === "object" && image !== null && "data" in image &&
    "width" in image && "height" in image;
}

/** Whether an `ImageData` has what all have but those that ask for more colours. */
function isBytesOfSrgb(
  image: Pixels & { readonly colorSpace?: string },
): boolean {
  return image.data?.BYTES_PER_ELEMENT === 1 &&
    (image.colorSpace ?? "srgb") === "srgb";
}

function notTaken(image: unknown): ArgumentError {
  const hint = hintFor(image);
  return new ArgumentError(
    `Cannot read an image as it must be the bytes of a JPEG, PNG or WebP file (Uint8Array, ArrayBuffer, DataView or Blob), a Response or ReadableStream of them, an address or a path, what a browser shows (<img>, <canvas>, <video>, ImageBitmap or VideoFrame), or pixels { data, width, height } such as an ImageData: current value is ${
      shownValue(image)
    }${hint && ` (${hint})`}`,
  );
}

function hintFor(image: unknown): string {
  if (typeof image !== "object" || image === null) return "";
  if (ArrayBuffer.isView(image)) {
    return "pixels are given as { data, width, height }";
  }
  return Symbol.iterator in image || Symbol.asyncIterator in image
    ? "classifyAll() takes several images"
    : "";
}
