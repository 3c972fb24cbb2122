import { decoderModule } from "../decoder_module.ts";
import { type TakeImage, wholeDecoder } from "../whole_decoder.ts";
import { startLibwebp } from "./libwebp.ts";

const decodeWhole = wholeDecoder({
  format: "webp",
  start: startLibwebp,
  initialBytes: 2 << 16,
  inlinePixels: 1_000_000, // Some 50 ms of work.
  inlinePixelsAlone: 8_000_000, // Half a second.
});

/**
 * The limit of libwebp's memory: what it begins with, most of it free; ARGB, RGBA,
 * alpha and a part of the Huffman codes for each pixel; and the file twice. Photos and
 * noise, encoded in many ways, took at most 7 bytes a pixel.
 */
const FIXED_BYTES = 16 << 20;
const PIXEL_BYTES = 12;

/**
 * Decodes a whole WebP that is no animation, to straight alpha. A large one is decoded in
 * a worker, which doesn't heed signals: it takes half a second for 12 megapixels.
 *
 * @param size As its header or its frame says, in pixels.
 * @param isScarce Whether memory is too scarce for a worker.
 * @param take Takes the image, whose pixels are gone afterwards.
 */
export async function decodeStill(
  bytes: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  isScarce: boolean,
  take: TakeImage,
): Promise<void> {
  const module = await loadLibwebp();
  const limit = FIXED_BYTES + 2 * bytes.length + PIXEL_BYTES * width * height;
  await decodeWhole(module, { bytes, width, height, limit, isScarce }, take);
}

/** @throws {DecoderUnavailableError} When it can't be loaded. */
export function loadLibwebp(): Promise<WebAssembly.Module> {
  return decoderModule("webp", () => import("./modules/webp.ts"));
}
