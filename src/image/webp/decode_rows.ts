import { ImageTooLargeError } from "../../errors.ts";
import { decoderModule } from "../decoder_module.ts";
import { flattenOverWhite } from "../flatten.ts";
import type { ImageHeader } from "../image_format.ts";
import type { TimeSlice } from "../../async/yield.ts";
import { keepInstance } from "../reuse_kernels.ts";
import type { Pixels } from "../pixels.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import { assertWebpComplete, corrupt } from "./header.ts";
import { type Decoded, type Libwebp, startLibwebp } from "./libwebp.ts";
import { CrashError, decodeInWorker, NoWorkerError } from "./worker.ts";

/**
 * The most pixels that are decoded on the caller's thread, which has a pause only
 * afterwards: some 50 ms of work. A worker takes about as long to start.
 */
const INLINE_PIXELS = 1_000_000;

/** The same where no worker can be started: half a second. */
const INLINE_PIXELS_ALONE = 8_000_000;

/**
 * The limit of libwebp's memory: what it begins with, most of it free; ARGB, RGBA,
 * alpha and a part of the Huffman codes for each pixel; and the file twice. Photos and
 * noise, encoded in many ways, took at most 7 bytes a pixel.
 */
const FIXED_BYTES = 16 << 20;
const PIXEL_BYTES = 12;

const idle = keepInstance<Libwebp>();

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
  const image = await decodeWhole(bytes, header);
  try {
    await timeSlice.yield();
    if (image.width !== header.width || image.height !== header.height) {
      throw corrupt(
        `its header says ${header.width}x${header.height} pixels and its data ${image.width}x${image.height}`,
      );
    }
    await emitRows(image, timeSlice, (rows, first) => {
      flattenOverWhite(rows);
      take(rows, first);
    });
  } finally {
    // Frees the pixels now: the collector waits until there is too much for an edge
    // function. Node 20 can't do it.
    const { buffer } = image.data;
    if (buffer instanceof ArrayBuffer) buffer.transfer?.(0);
  }
}

async function decodeWhole(
  bytes: Uint8Array,
  { width, height }: ImageHeader,
): Promise<Pixels> {
  const module = await decoderModule("webp", () => import("./modules/webp.ts"));
  const pixels = width * height;
  const limit = FIXED_BYTES + 2 * bytes.length + PIXEL_BYTES * pixels;
  try {
    const image = pixels <= INLINE_PIXELS
      ? decodeInline(module, bytes, limit)
      : await decodeAside(module, bytes, pixels, limit);
    if (typeof image === "object" && image !== null) return image;
    if (image === "too large") {
      throw new ImageTooLargeError(
        `Cannot decode the WebP as it needs more than the ${
          Math.round(limit / 2 ** 20)
        } MiB of memory that an image of ${width}x${height} pixels may take`,
      );
    }
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new ImageTooLargeError(
        `Cannot decode the WebP of ${width}x${height} pixels as it needs more memory than there is`,
        { cause },
      );
    }
    if (!(cause instanceof CrashError)) throw cause;
    throw corrupt("its data is damaged", cause);
  }
  throw corrupt("its data is damaged");
}

function decodeInline(
  module: WebAssembly.Module,
  bytes: Uint8Array,
  limit: number,
): Decoded {
  const libwebp = idle.take(module) ?? startLibwebp(module);
  try {
    const image = libwebp.decode(bytes, limit);
    idle.keep(module, libwebp);
    return image;
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new CrashError("It crashed", { cause });
  }
}

async function decodeAside(
  module: WebAssembly.Module,
  bytes: Uint8Array,
  pixels: number,
  limit: number,
): Promise<Decoded> {
  try {
    return await decodeInWorker(module, bytes, limit);
  } catch (cause) {
    if (!(cause instanceof NoWorkerError)) throw cause;
    if (pixels <= INLINE_PIXELS_ALONE) {
      return decodeInline(module, bytes, limit);
    }
    throw new ImageTooLargeError(
      `Cannot decode a WebP of ${pixels} pixels where no worker can be started as the limit is ${INLINE_PIXELS_ALONE}`,
      { cause },
    );
  }
}
