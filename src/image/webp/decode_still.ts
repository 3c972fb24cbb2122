import { decoderModule } from "../decoder_module.ts";
import { type TakeImage, wholeDecoder } from "../whole_decoder.ts";
import { startLibwebp } from "./libwebp.ts";

const decodeWhole = wholeDecoder({
  format: "webp",
  start: startLibwebp,
  initialBytes: 2 << 16,
  inlinePixels: 1_000_000, // About 50 ms of work.
  inlinePixelsAlone: 8_000_000, // Half a second.
});

/**
 * libwebp's memory limit: its initial memory, most of it free; ARGB, RGBA, alpha and a
 * share of the Huffman codes per pixel; and twice the file. Photos and noise in many
 * encodings needed at most 7 bytes per pixel.
 */
const FIXED_BYTES = 16 << 20;
const PIXEL_BYTES = 12;

/**
 * Decodes a whole still WebP to straight alpha. A large one is decoded in a worker,
 * which ignores signals: 12 megapixels take half a second.
 *
 * @param size The size in pixels according to its header or frame.
 * @param isScarce Whether memory is too scarce for a worker.
 * @param take Receives the image, whose pixels are invalid afterwards.
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

/** @throws {DecoderUnavailableError} When libwebp can't be loaded. */
export function loadLibwebp(): Promise<WebAssembly.Module> {
  return decoderModule("webp", () => import("./modules/webp.ts"));
}
