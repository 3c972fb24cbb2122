import { ImageTooLargeError } from "../errors.ts";
import type { LoadEmbedded } from "../runtime/wasm_modules.ts";
import { codecModule } from "./codec_module.ts";
import { FORMAT_NAMES, type ImageFormat } from "./image_header.ts";

/** An instance of a decoder's kernels. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** How many bytes of the memory an earlier image may have written. */
  readonly usedBytes: number;
  /** Writes the tables that all images share. */
  prepare(): void;
}

/**
 * Claims memory from `start` on.
 *
 * @returns Gives the address of the next `bytes`, rounded up to a multiple of 8; of 0
 * bytes it is the end of all.
 */
export function startClaims(start: number): (bytes: number) => number {
  let end = start;
  return (bytes) => {
    const address = end;
    end += Math.ceil(bytes / 8) * 8;
    return address;
  };
}

const PAGE_BYTES = 1 << 16;

/**
 * WASM memory never shrinks, so an instance with more is dropped after its image.
 * Its memory may be collected late, so that instances of large photos are kept: a
 * progressive one of 12 megapixels takes half of this.
 */
const MAX_KEPT_BYTES = 32 << 20;

/**
 * Runs `use` with kernels that have `bytes` of memory for themselves.
 *
 * @throws {ImageTooLargeError} When that memory isn't available.
 * @throws {DecoderUnavailableError} When the kernels can't be loaded.
 */
export type WithKernels<K extends Kernels> = <T>(
  bytes: number,
  use: (kernels: K) => Promise<T>,
) => Promise<T>;

/**
 * Keeps one instance of a format's kernels between images.
 *
 * @param load The module as `deno task build` made it, unless one is handed in.
 */
export function keepKernels<K extends Kernels>(
  format: ImageFormat,
  load: LoadEmbedded,
): WithKernels<K> {
  let idle: K | undefined;
  let idleModule: WebAssembly.Module | undefined;

  return async (bytes, use) => {
    const module = await codecModule(format, load);
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const kept = module === idleModule ? idle : undefined;
    idle = undefined;
    const kernels = take(module, kept, pages, format);
    // Only after success: a failure may leave the kernels in any state.
    const result = await use(kernels);
    const usedBytes = kernels.memory.buffer.byteLength;
    if (usedBytes <= MAX_KEPT_BYTES) {
      idle = { ...kernels, usedBytes };
      idleModule = module;
    }
    return result;
  };
}

function take<K extends Kernels>(
  module: WebAssembly.Module,
  kept: K | undefined,
  pages: number,
  format: ImageFormat,
): K {
  try {
    if (kept !== undefined) {
      const missing = pages - kept.memory.buffer.byteLength / PAGE_BYTES;
      if (missing > 0) kept.memory.grow(missing);
      return kept;
    }
    const memory = new WebAssembly.Memory({ initial: pages });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const kernels = { ...exports, memory, usedBytes: 0 } as unknown as K;
    kernels.prepare();
    return kernels;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ImageTooLargeError(
      `Cannot decode the ${FORMAT_NAMES[format]} as it needs ${
        Math.ceil(pages / 16)
      } MiB of memory, which this runtime doesn't give`,
      { cause },
    );
  }
}
