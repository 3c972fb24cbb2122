import { type Codec, keepCodec } from "./codec.ts";
import { type EmscriptenFactory, loadEmscripten } from "./emscripten.ts";
import type { Pixels } from "../pixels.ts";

interface WebpDecoder {
  decode(bytes: Uint8Array): Pixels | null;
}

/** Decodes a still WebP with libwebp, to straight alpha. */
export const decodeWebp: (
  bytes: Uint8Array,
  pixels: number,
) => Promise<Pixels> = keepCodec("webp", loadLibwebp);

async function loadLibwebp(): Promise<Codec> {
  const { default: factory } = await import(
    "@jsquash/webp/codec/dec/webp_dec.js"
  );
  return loadEmscripten(
    "webp",
    factory as unknown as EmscriptenFactory<WebpDecoder>,
    (decoder, bytes) => decoder.decode(bytes),
  );
}
