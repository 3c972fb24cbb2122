import { CorruptImageError, ImageTooLargeError } from "../errors.ts";
import { boundMemory, type Decoded } from "./bounded_memory.ts";
import {
  CrashError,
  decodeInWorker,
  type ImageDecoder,
  NoWorkerError,
  type StartDecoder,
} from "./decoder_worker.ts";
import { FORMAT_NAMES, type ImageFormat } from "./image_format.ts";
import type { Pixels } from "./pixels.ts";
import { nestedWorkersHang } from "../runtime/nested_workers.ts";
import { keepInstance } from "./reuse_kernels.ts";

/** How a format's images are decoded as a whole, by a decoder that others compiled. */
interface WholeFormat {
  readonly format: ImageFormat;
  readonly start: StartDecoder;
  /**
   * The most pixels that are decoded on the caller's thread, which has a pause only
   * afterwards. A worker takes about as long to start.
   */
  readonly inlinePixels: number;
  /** The same where no worker can be started. */
  readonly inlinePixelsAlone: number;
}

/** A file to decode. */
interface WholeImage {
  readonly bytes: Uint8Array;
  /** Its size by its header. */
  readonly width: number;
  readonly height: number;
  /** The most bytes of memory that its decoder may have. */
  readonly limit: number;
}

/**
 * Keeps one instance of a format's decoder for small images. A large image is decoded in
 * a worker, which doesn't heed a signal.
 *
 * @returns Decodes an image with a compiled module, to straight alpha, and checks its
 * size.
 */
export function wholeDecoder(how: WholeFormat) {
  const idle = keepInstance<ImageDecoder>();
  const name = FORMAT_NAMES[how.format];
  // Where a worker mustn't start another one, it isn't a page's own thread that pauses.
  const isInline = (pixels: number) =>
    pixels <= how.inlinePixels || nestedWorkersHang();
  const corrupt = (why: string, cause?: unknown) =>
    new CorruptImageError(
      `Cannot decode the ${name} as ${why}`,
      how.format,
      cause === undefined ? undefined : { cause },
    );
  return async (
    module: WebAssembly.Module,
    { bytes, width, height, limit }: WholeImage,
  ): Promise<Pixels> => {
    let image: Decoded;
    try {
      image = isInline(width * height)
        ? decodeInline(how, idle, module, bytes, limit)
        : await decodeAside(how, idle, module, bytes, width * height, limit);
    } catch (cause) {
      if (cause instanceof RangeError) {
        throw new ImageTooLargeError(
          `Cannot decode the ${name} of ${width}x${height} pixels as it needs more memory than there is`,
          { cause },
        );
      }
      if (!(cause instanceof CrashError)) throw cause;
      throw corrupt("its data is damaged", cause);
    }
    if (image === "too large") {
      throw new ImageTooLargeError(
        `Cannot decode the ${name} as it needs more than the ${
          Math.round(limit / 2 ** 20)
        } MiB of memory that an image of ${width}x${height} pixels may take`,
      );
    }
    if (image === null) throw corrupt("its data is damaged");
    if (image.width === width && image.height === height) return image;
    throw corrupt(
      `its header says ${width}x${height} pixels and its data ${image.width}x${image.height}`,
    );
  };
}

function decodeInline(
  { start }: WholeFormat,
  idle: ReturnType<typeof keepInstance<ImageDecoder>>,
  module: WebAssembly.Module,
  bytes: Uint8Array,
  limit: number,
): Decoded {
  const decoder = idle.take(module) ?? start(module, boundMemory());
  try {
    const image = decoder.decode(bytes, limit);
    // Who lacks memory may leave off anywhere.
    if (image !== "too large") idle.keep(module, decoder);
    return image;
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new CrashError("It crashed", { cause });
  }
}

async function decodeAside(
  how: WholeFormat,
  idle: ReturnType<typeof keepInstance<ImageDecoder>>,
  module: WebAssembly.Module,
  bytes: Uint8Array,
  pixels: number,
  limit: number,
): Promise<Decoded> {
  try {
    const job = { module, bytes, limit };
    return await decodeInWorker(how.format, how.start, job);
  } catch (cause) {
    if (!(cause instanceof NoWorkerError)) throw cause;
    if (pixels <= how.inlinePixelsAlone) {
      return decodeInline(how, idle, module, bytes, limit);
    }
    throw new ImageTooLargeError(
      `Cannot decode the ${
        FORMAT_NAMES[how.format]
      } of ${pixels} pixels where no worker can be started as the limit is ${how.inlinePixelsAlone}: shrink the image`,
      {
        cause,
        limit: { of: "pixels", allowed: how.inlinePixelsAlone, found: pixels },
      },
    );
  }
}
