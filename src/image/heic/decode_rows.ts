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
  inlinePixels: 200_000, // About 50 ms of work.
  inlinePixelsAlone: 4_000_000, // A second.
});

/**
 * The decoder's memory limit: its initial memory, most of it free; twice the planes
 * with alpha, at 2 bytes per sample beyond 8 bits; and three times the file.
 */
const FIXED_BYTES = 32 << 20;
const PIXEL_BYTES = 16;

/**
 * Decodes the primary image of a HEIC, and hands out its rows, opaque. It uses the
 * browser if that can decode HEIC, otherwise libheif, in a worker for a large image.
 * Both ignore the signal; libheif takes two seconds or more for 12 megapixels.
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
  // A browser reveals its support only by decoding an image. Deno has a browser's
  // globals.
  if (hasFiles() || !isOnPlatform()) await loadLibheif();
}
