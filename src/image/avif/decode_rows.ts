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
  initialBytes: 90 << 16, // Most of it a stack that isn't touched.
  inlinePixels: 200_000, // Some 50 ms of work.
  inlinePixelsAlone: 4_000_000, // A second.
});

/**
 * The limit of the decoder's memory: what it begins with, most of it free; the frame and
 * a copy of it, in 2 bytes a sample beyond 8 bits, with alpha; RGBA; and the file with
 * an account of its symbols, which that build of libaom keeps in a vector that doubles:
 * 57 times the file in noise.
 */
const FIXED_BYTES = 24 << 20;
const PIXEL_BYTES = 32;
const TIMES_THE_FILE = 64;

/**
 * Decodes the primary image of an AVIF, or the first frame of an animated one, and hands
 * out its rows, opaque. A large one is decoded in a worker, which doesn't heed the
 * signal: it takes two seconds or more for 12 megapixels.
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

/** @throws {DecoderUnavailableError} When it can't be loaded. */
export function loadLibavif(): Promise<WebAssembly.Module> {
  return decoderModule("avif", () => import("./modules/avif.ts"));
}

/**
 * An animated AVIF, `avis`, named as a still one, whose primary image is the first frame:
 * libavif would decode the first sample of the track, which nothing has checked.
 */
function asStill(bytes: Uint8Array): Uint8Array {
  const LAST_LETTER = 11; // After the size of the box "ftyp", its type, and "avi".
  if (bytes[LAST_LETTER] !== "s".charCodeAt(0)) return bytes;
  const still = bytes.slice();
  still[LAST_LETTER] = "f".charCodeAt(0);
  return still;
}
