import { displayValue } from "../argument.ts";
import { ArgumentError, ImageUnavailableError } from "../errors.ts";
import { classOf, toBytes } from "../io/bytes.ts";
import type { DecodeOptions } from "./decode_options.ts";
import { drawnPixels } from "./drawn_pixels.ts";
import { assertFileSize, fetchBytes } from "./fetch_bytes.ts";
import type { ImageSource } from "./image_source.ts";
import { isPixels, type Pixels } from "./pixels.ts";

/** The result of `bytesOrPixels` for images that aren't a `Uint8Array`. */
export async function readSource(
  image: ImageSource,
  options: DecodeOptions,
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
      return await fetchBytes(image as string | URL, options);
    }
    case "HTMLImageElement":
    case "HTMLCanvasElement":
    case "HTMLVideoElement":
    case "OffscreenCanvas":
    case "ImageBitmap":
    case "VideoFrame": {
      return drawnPixels(kind, image, options);
    }
  }
  const bytes = toBytes(image);
  // Clamped bytes and floats are pixels, of unknown width.
  if (bytes && !/Clamped|Float/.test(kind)) return bytes;
  if (!isPixels(image)) throw notTaken(image);
  if (kind !== "ImageData" || isBytesOfSrgb(image)) return image;
  return drawnPixels(kind, image, options);
}

async function readBlob(blob: Blob): Promise<Uint8Array> {
  assertFileSize("the Blob", blob.size);
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    // The file may have been removed or changed since it was chosen.
    throw new ImageUnavailableError(
      `Cannot read the ${classOf(blob)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Whether an `ImageData` has bytes of sRGB, which is its default. */
function isBytesOfSrgb(
  image: Pixels & { readonly colorSpace?: string },
): boolean {
  return image.data?.BYTES_PER_ELEMENT === 1 &&
    (image.colorSpace ?? "srgb") === "srgb";
}

function notTaken(image: unknown): ArgumentError {
  const hint = hintFor(image);
  return new ArgumentError(
    `Cannot read ${displayValue(image)} as an image${
      hint && ` (${hint})`
    }: it must be the bytes of an image file (Uint8Array, ArrayBuffer, DataView or Blob), a Response or ReadableStream of them, an address or a path, what a browser shows (<img>, <canvas>, <video>, ImageBitmap or VideoFrame), or pixels { data, width, height } such as an ImageData`,
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
