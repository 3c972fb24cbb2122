import { decoderModule } from "../decoder_module.ts";
import { flattenOverWhite } from "../flatten.ts";
import type { ImageHeader } from "../image_format.ts";
import type { TimeSlice } from "../../async/yield.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import { freePixels, wholeDecoder } from "../whole_decoder.ts";
import { assertWebpComplete } from "./header.ts";
import { startLibwebp } from "./libwebp.ts";

const decodeWhole = wholeDecoder({
  format: "webp",
  start: startLibwebp,
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
 * Decodes a whole WebP, and hands out its rows, opaque. A large one is decoded in a
 * worker, which doesn't heed the signal: it takes half a second for 12 megapixels.
 */
export async function decodeWebpRows(
  bytes: Uint8Array,
  header: ImageHeader,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  assertWebpComplete(bytes);
  const module = await decoderModule("webp", () => import("./modules/webp.ts"));
  const { width, height } = header;
  const limit = FIXED_BYTES + 2 * bytes.length + PIXEL_BYTES * width * height;
  const image = await decodeWhole(module, { bytes, width, height, limit });
  try {
    await timeSlice.yield();
    await emitRows(image, timeSlice, (rows, first) => {
      flattenOverWhite(rows);
      take(rows, first);
    });
  } finally {
    freePixels(image);
  }
}
