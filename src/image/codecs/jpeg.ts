import { type Codec, keepCodec } from "./codec.ts";
import { type EmscriptenFactory, loadEmscripten } from "./emscripten.ts";
import type { Pixels } from "../pixels.ts";

interface MozjpegDecoder {
  decode(bytes: Uint8Array, preserveOrientation: boolean): Pixels | null;
}

/**
 * Decodes a grey or colour JPEG with mozjpeg. Pixels come as they are stored:
 * the EXIF orientation is applied elsewhere, once, for all formats.
 */
export const decodeJpeg: (
  bytes: Uint8Array,
  pixels: number,
) => Promise<Pixels> = keepCodec("jpeg", loadMozjpeg);

async function loadMozjpeg(): Promise<Codec> {
  const { default: factory } = await import(
    "@jsquash/jpeg/codec/dec/mozjpeg_dec.js"
  );
  return loadEmscripten(
    "jpeg",
    factory as unknown as EmscriptenFactory<MozjpegDecoder>,
    (decoder, bytes) => decoder.decode(bytes, false),
  );
}
