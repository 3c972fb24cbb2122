import type { TimeSlice } from "../../async/yield.ts";
import { hasFiles } from "../../runtime/environment.ts";
import { flattenOverWhite } from "../flatten.ts";
import { emitCropped } from "../heif/emit_cropped.ts";
import { assertDecodable } from "../heif/assert_decodable.ts";
import { readHeifHeader } from "../heif/header.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import { wholeDecoder } from "../whole_decoder.ts";
import { startLibheif } from "./libheif.ts";
import { loadLibheif } from "./load_libheif.ts";
import { decodeOnPlatform, isOnPlatform } from "./platform.ts";

const decodeWhole = wholeDecoder({
  format: "heic",
  start: startLibheif,
  initialBytes: 0,
  inlinePixels: 200_000, // Some 50 ms of work.
  inlinePixelsAlone: 4_000_000, // A second.
});

/**
 * The limit of the decoder's memory: what it begins with, most of it free; the planes
 * twice, with alpha, in 2 bytes a sample beyond 8 bits; and the file thrice.
 */
const FIXED_BYTES = 32 << 20;
const PIXEL_BYTES = 16;

/**
 * Decodes the primary image of a HEIC, and hands out its rows, opaque: by the browser, or
 * else by libheif, a large one in a worker. Neither heeds the signal; libheif takes two
 * seconds or more for 12 megapixels.
 *
 * @param isScarce Whether memory is too scarce for a worker.
 */
export async function decodeHeicRows(
  bytes: Uint8Array,
  isScarce: boolean,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const header = readHeifHeader(bytes);
  assertDecodable(bytes, header);
  const shown = await decodeOnPlatform(bytes, header);
  if (shown) {
    await timeSlice.yield();
    return await emitRows(shown, timeSlice, (rows, first) => {
      flattenOverWhite(rows);
      take(rows, first);
    });
  }
  const module = await loadLibheif();
  const { width, height } = header.coded;
  const limit = FIXED_BYTES + 3 * bytes.length + PIXEL_BYTES * width * height;
  await decodeWhole(
    module,
    { bytes, width, height, limit, isScarce },
    (image) => emitCropped(image, header, timeSlice, take),
  );
}

/** @throws {DecoderUnavailableError} When no HEIC can be decoded here. */
export async function assertHeicDecoder(): Promise<void> {
  // A browser only tells when it is given an image. Deno has the globals of one.
  if (hasFiles() || !isOnPlatform()) await loadLibheif();
}
