import { decoderModule } from "../decoder_module.ts";
import type { TimeSlice } from "../../async/yield.ts";
import { emitCropped } from "../heif/emit_cropped.ts";
import { assertDecodable } from "../heif/assert_decodable.ts";
import { readHeifHeader } from "../heif/header.ts";
import type { TakeRows } from "../rows.ts";
import { wholeDecoder } from "../whole_decoder.ts";
import { startLibavif } from "./libavif.ts";

const decodeWhole = wholeDecoder({
  format: "avif",
  start: startLibavif,
  initialBytes: 90 << 16, // Most of it is an untouched stack.
  inlinePixels: 200_000, // About 50 ms of work.
  inlinePixelsAlone: 4_000_000, // A second.
});

/**
 * The decoder's memory limit: its initial memory, most of it free; the frame and a copy
 * of it with alpha, at 2 bytes per sample beyond 8 bits; RGBA; and the file with its
 * symbol log, which this build of libaom keeps in a vector that doubles: 57 times the
 * file size for noise.
 */
const FIXED_BYTES = 24 << 20;
const PIXEL_BYTES = 32;
const TIMES_THE_FILE = 64;

/**
 * Decodes the primary image of an AVIF, or the first frame of an animated one, and
 * hands out its rows, opaque. A large one is decoded in a worker, which ignores the
 * signal: 12 megapixels take two seconds or more.
 *
 * @param isScarce Whether memory is too scarce for a worker.
 */
export async function decodeAvifRows(
  bytes: Uint8Array,
  isScarce: boolean,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const header = readHeifHeader(bytes);
  assertDecodable(bytes, header);
  const module = await loadLibavif();
  const { width, height } = header.coded;
  const still = asStill(bytes);
  const limit = FIXED_BYTES + TIMES_THE_FILE * still.length +
    PIXEL_BYTES * width * height;
  await decodeWhole(
    module,
    { bytes: still, width, height, limit, isScarce },
    (image) => emitCropped(image, header, timeSlice, take),
  );
}

/** @throws {DecoderUnavailableError} When libavif can't be loaded. */
export function loadLibavif(): Promise<WebAssembly.Module> {
  return decoderModule("avif", () => import("./modules/avif.ts"));
}

/**
 * Relabels an animated AVIF (`avis`) as a still one, whose primary image is the first
 * frame. Otherwise libavif would decode the first sample of the track, which hasn't
 * been checked.
 */
function asStill(bytes: Uint8Array): Uint8Array {
  const LAST_LETTER = 11; // After the box size, "ftyp" and "avi".
  if (bytes[LAST_LETTER] !== "s".charCodeAt(0)) return bytes;
  const still = bytes.slice();
  still[LAST_LETTER] = "f".charCodeAt(0);
  return still;
}
