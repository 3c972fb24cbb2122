import { drawnPixels } from "../drawn_pixels.ts";
import type { HeifHeader } from "../heif/header.ts";
import { orient } from "../orientation.ts";
import type { Pixels } from "../pixels.ts";

/** The members of browsers that are used; Deno and Node have no types for them. */
interface Platform {
  readonly OffscreenCanvas?: unknown;
  createImageBitmap?(
    image: Blob,
    options: {
      readonly imageOrientation: "from-image";
      readonly premultiplyAlpha: "none";
      readonly colorSpaceConversion: "none";
    },
  ): Promise<
    { readonly width: number; readonly height: number; close(): void }
  >;
}

/**
 * Decodes a HEIC with the browser to its visible pixels as stored. Safari supports
 * HEIC, as do other browsers if the system has the codec.
 *
 * @returns `undefined` outside browsers, or if the browser can't decode it.
 */
export async function decodeOnPlatform(
  bytes: Uint8Array,
  { width, height, orientation }: HeifHeader,
): Promise<Pixels | undefined> {
  if (!isOnPlatform()) return undefined;
  let bitmap;
  try {
    bitmap = await (globalThis as Platform).createImageBitmap!(
      new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/heic" }),
      {
        imageOrientation: "from-image",
        premultiplyAlpha: "none",
        colorSpaceConversion: "none",
      },
    );
  } catch {
    return undefined;
  }
  try {
    const shown = drawnPixels("ImageBitmap", bitmap, {
      maxPixels: Infinity,
      maxMemory: Infinity,
    });
    // A left turn undoes a right turn.
    const back = orientation === 6 ? 8 : orientation === 8 ? 6 : orientation;
    const stored = orient(shown, back);
    const isWhole = stored.width === width && stored.height === height;
    return isWhole ? stored : undefined;
  } finally {
    bitmap.close();
  }
}

/** Whether there is a browser, which may decode HEIC. */
export function isOnPlatform(): boolean {
  const { createImageBitmap, OffscreenCanvas } = globalThis as Platform;
  return createImageBitmap !== undefined && OffscreenCanvas !== undefined;
}
