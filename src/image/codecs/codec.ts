import { CorruptImageError } from "../../errors.ts";
import { FORMAT_NAMES, type ImageFormat } from "../header.ts";
import type { Pixels } from "../pixels.ts";

/**
 * One instance of a decoder. It runs synchronously, returns pixels outside the
 * WASM memory and throws whatever it likes on bytes that it can't decode.
 */
export type Codec = (bytes: Uint8Array) => Pixels;

/**
 * WASM memory grows and never shrinks, so an instance that has decoded more
 * pixels than this is dropped for its memory (about 5 bytes a pixel) to be
 * collected. A new instance takes about 4 ms, and decoding this many pixels
 * takes more than 100.
 */
const MAX_KEPT_PIXELS = 4_000_000;

/**
 * Wraps the loading of a codec into a decoder that keeps one instance between
 * images, and replaces it when it failed: an aborted instance may hold broken
 * state and must not decode the next image.
 *
 * @param load Makes a fresh instance. Its errors (a missing permission, a
 * missing file) pass through unchanged, and the next image tries again.
 * @returns Decodes an image of a header-checked size; throws a
 * `CorruptImageError` where the codec refuses it.
 */
export function keepCodec(
  format: ImageFormat,
  load: () => Promise<Codec>,
): (bytes: Uint8Array, pixels: number) => Promise<Pixels> {
  let kept: Promise<Codec> | undefined;

  return async (bytes, pixels) => {
    let codec: Codec;
    let loading: Promise<Codec>;
    do {
      loading = kept ??= load();
      try {
        codec = await loading;
      } catch (error) {
        if (kept === loading) kept = undefined;
        throw error;
      }
      // Another image may have spoilt the instance while this one waited. From
      // here on there is no wait, so no other image comes in between.
    } while (kept !== loading);

    try {
      const image = codec(bytes);
      if (pixels > MAX_KEPT_PIXELS) kept = undefined;
      return image;
    } catch (cause) {
      kept = undefined;
      throw damaged(format, cause);
    }
  };
}

function damaged(format: ImageFormat, cause: unknown): CorruptImageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CorruptImageError(
    `Cannot decode the ${
      FORMAT_NAMES[format]
    } as its data is damaged: ${reason}`,
    format,
    { cause },
  );
}
