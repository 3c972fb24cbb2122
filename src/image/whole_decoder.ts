import { CorruptImageError, ImageTooLargeError } from "../errors.ts";
import { freeBytes } from "../io/free_bytes.ts";
import { boundMemory, type Decoded } from "./bounded_memory.ts";
import {
  CrashError,
  decodeInWorker,
  type ImageDecoder,
  NoWorkerError,
  type StartDecoder,
} from "./decoder_worker.ts";
import { nestedWorkersHang } from "../runtime/nested_workers.ts";
import { keepIdle } from "./idle.ts";
import { FORMAT_NAMES, type ImageFormat } from "./image_format.ts";
import type { Pixels } from "./pixels.ts";
import { withWorkspace } from "./workspace.ts";

/** How a format's images are decoded whole, with a third-party decoder. */
interface WholeFormat {
  readonly format: ImageFormat;
  readonly start: StartDecoder;
  /** How much memory the module imports; 0 if it has its own. */
  readonly initialBytes: number;
  /**
   * The maximum pixels decoded on the caller's thread, which is blocked meanwhile.
   * Starting a worker takes about as long.
   */
  readonly inlinePixels: number;
  /** The same where no worker can be started, or memory is scarce. */
  readonly inlinePixelsAlone: number;
}

/** A file to decode. */
interface WholeImage {
  readonly bytes: Uint8Array;
  /** Its size by its header. */
  readonly width: number;
  readonly height: number;
  /** The maximum memory of its decoder in bytes, without the result. */
  readonly limit: number;
  /** Whether memory is scarce. A worker needs memory of its own, and frees it late. */
  readonly isScarce: boolean;
}

/** Receives an image of straight alpha, whose pixels are invalid afterwards. */
export type TakeImage = (image: Pixels) => Promise<void>;

/**
 * Decodes images on this thread, in the memory that all formats share. A large image is
 * decoded in a worker, which ignores signals, unless memory is scarce.
 *
 * @returns A function that decodes an image with a compiled module and checks its size.
 */
export function wholeDecoder(how: WholeFormat) {
  const inline = inlineDecoder(how);
  const name = FORMAT_NAMES[how.format];
  const corrupt = (why: string, cause?: unknown) =>
    new CorruptImageError(
      `Cannot decode the ${name} as ${why}`,
      how.format,
      cause === undefined ? undefined : { cause },
    );
  const check = (
    image: Decoded,
    { width, height, limit }: WholeImage,
  ): Pixels => {
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
  return async (
    module: WebAssembly.Module,
    whole: WholeImage,
    take: TakeImage,
  ): Promise<void> => {
    const { width, height, isScarce } = whole;
    const takeChecked = (image: Decoded) => take(check(image, whole));
    const most = isScarce ? how.inlinePixelsAlone : how.inlinePixels;
    // Where a worker mustn't start another one, it isn't a page's own thread that pauses.
    const isInline = width * height <= most || nestedWorkersHang();
    try {
      await (isInline
        ? inline(module, whole, takeChecked)
        : decodeAside(how, inline, module, whole, takeChecked));
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
  };
}

type DecodeInline = (
  module: WebAssembly.Module,
  image: WholeImage,
  take: (image: Decoded) => Promise<void>,
) => Promise<void>;

/** Decodes on this thread, with the decoder of the last image if it still exists. */
function inlineDecoder({ start, initialBytes }: WholeFormat): DecodeInline {
  /** Of modules that have their own memory. */
  const idle = keepIdle<Started>((it) => it.decoder.memory.buffer.byteLength);
  return async (module, image, take) => {
    if (initialBytes === 0 || !importsMemory(module)) {
      const kept = idle.take((it) => it.module === module);
      const decoder = kept?.module === module
        ? kept.decoder
        : start(module, boundMemory(), undefined);
      await decodeBy(
        decoder,
        image,
        take,
        () => idle.give({ module, decoder }),
      );
      return;
    }
    await withWorkspace(module, async (workspace) => {
      workspace.reserve(initialBytes);
      const { memory } = workspace;
      const decoder = workspace.takeDecoder(
        module,
        () => start(module, boundMemory(), memory),
      );
      try {
        await decodeBy(
          decoder,
          image,
          take,
          () => workspace.keepDecoder(module, decoder),
        );
      } finally {
        workspace.use(workspace.bytes);
      }
    });
  };
}

interface Started {
  readonly module: WebAssembly.Module;
  readonly decoder: ImageDecoder;
}

/** @param keep Called at the end, unless the decoder may be broken. */
async function decodeBy(
  decoder: ImageDecoder,
  { bytes, limit }: WholeImage,
  take: (image: Decoded) => Promise<void>,
  keep: () => void,
): Promise<void> {
  let image: Decoded;
  try {
    image = decoder.decode(bytes, limit, true);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new CrashError("It crashed", { cause });
  }
  try {
    await take(image);
  } finally {
    // A decoder that runs out of memory may stop anywhere.
    if (image !== "too large") {
      const isOwn = image?.data.buffer === decoder.memory.buffer;
      if (isOwn) decoder.release();
      else if (image !== null) freeBytes(image.data);
      keep();
    }
  }
}

function importsMemory(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(({ kind }) =>
    kind === "memory"
  );
}

async function decodeAside(
  how: WholeFormat,
  inline: DecodeInline,
  module: WebAssembly.Module,
  whole: WholeImage,
  take: (image: Decoded) => Promise<void>,
): Promise<void> {
  const { bytes, limit } = whole;
  const pixels = whole.width * whole.height;
  let image: Decoded;
  try {
    const initialBytes = importsMemory(module) ? how.initialBytes : 0;
    const job = { module, initialBytes, bytes, limit };
    image = await decodeInWorker(how.format, how.start, job);
  } catch (cause) {
    if (!(cause instanceof NoWorkerError)) throw cause;
    if (pixels <= how.inlinePixelsAlone) {
      return await inline(module, whole, take);
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
  try {
    await take(image);
  } finally {
    if (image !== null && image !== "too large") freeBytes(image.data);
  }
}
