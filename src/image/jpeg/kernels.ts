import { ImageTooLargeError } from "../../errors.ts";
import { compileEmbedded } from "../../embedded_module.ts";
import { handedInModule } from "../codecs/wasm_module.ts";

/** What the kernels export; see `kernels/`. */
export interface JpegKernels {
  readonly memory: WebAssembly.Memory;
  /** Of the memory, those that may not be 0: a former image's. */
  readonly usedBytes: number;
  prepare(): void;
  buildTable(table: number, definition: number): void;
  decodeRow(scan: number): number;
  reconstructRow(frame: number, row: number): void;
  convertRows(frame: number, first: number, count: number, out: number): void;
}

const PAGE_BYTES = 1 << 16;

/**
 * WASM memory grows and never shrinks: an instance that has more is dropped after
 * its image, for its memory to be collected. That may take a while, so what large
 * photos need is kept: a progressive one of 12 megapixels takes half of this.
 */
const MAX_KEPT_BYTES = 32 << 20;

let compiled: Promise<WebAssembly.Module> | undefined;
let idle: JpegKernels | undefined;

/**
 * Runs `use` with kernels that have `bytes` of memory for themselves.
 *
 * @throws {ImageTooLargeError} When that memory can't be had.
 */
export async function withKernels<T>(
  bytes: number,
  use: (kernels: JpegKernels) => Promise<T>,
): Promise<T> {
  const module = await (handedInModule("jpeg") ?? compile());
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const kernels = take(module, pages);
  // Only after success: what failed may have been left in any state.
  const result = await use(kernels);
  const usedBytes = kernels.memory.buffer.byteLength;
  if (usedBytes <= MAX_KEPT_BYTES) idle = { ...kernels, usedBytes };
  return result;
}

function take(module: WebAssembly.Module, pages: number): JpegKernels {
  const kept = idle;
  idle = undefined;
  try {
    if (kept !== undefined) {
      const missing = pages - kept.memory.buffer.byteLength / PAGE_BYTES;
      if (missing > 0) kept.memory.grow(missing);
      return kept;
    }
    const memory = new WebAssembly.Memory({ initial: pages });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const kernels = {
      ...exports,
      memory,
      usedBytes: 0,
    } as unknown as JpegKernels;
    kernels.prepare();
    return kernels;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ImageTooLargeError(
      `Cannot decode the JPEG as it needs ${
        Math.ceil(pages / 16)
      } MiB of memory, which aren't to be had`,
      { cause },
    );
  }
}

function compile(): Promise<WebAssembly.Module> {
  return compiled ??= import("./modules/jpeg.ts").then(({ BASE64 }) =>
    compileEmbedded(BASE64)
  );
}
