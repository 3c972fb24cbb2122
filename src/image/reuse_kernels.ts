import type { LoadEmbedded } from "../runtime/wasm_modules.ts";
import { allocate } from "./allocate.ts";
import { decoderModule } from "./decoder_module.ts";
import { type EmbeddedFormat, FORMAT_NAMES } from "./image_format.ts";

export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** How many bytes of the memory an earlier image may have written. */
  readonly usedBytes: number;
  /** Writes the tables that all images share. */
  prepare(): void;
}

const CACHE_LINE = 64;

/** Gives the address of each next `bytes` in whole cache lines; of 0 bytes, the end. */
export function startClaims(start: number): (bytes: number) => number {
  let end = start;
  return (bytes) => {
    const address = end;
    end += Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
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
 * Keeps one instance of a format's kernels between images.
 *
 * @returns Runs `use` with kernels that have `bytes` of memory for themselves.
 */
export function keepKernels<K extends Kernels>(
  format: EmbeddedFormat,
  load: LoadEmbedded,
) {
  const idle = keepInstance<K>();
  return async <T>(
    bytes: number,
    use: (kernels: K) => Promise<T>,
  ): Promise<T> => {
    const module = await decoderModule(format, load);
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const kernels = allocate(`the ${FORMAT_NAMES[format]}`, bytes, () => {
      const kept = idle.take(module);
      if (kept === undefined) return instantiate<K>(module, pages);
      const missing = pages - kept.memory.buffer.byteLength / PAGE_BYTES;
      if (missing > 0) kept.memory.grow(missing);
      return kept;
    });
    const result = await use(kernels);
    const usedBytes = kernels.memory.buffer.byteLength;
    idle.keep(module, { ...kernels, usedBytes });
    return result;
  };
}

function instantiate<K extends Kernels>(
  module: WebAssembly.Module,
  pages: number,
): K {
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = { ...exports, memory, usedBytes: 0 } as unknown as K;
  kernels.prepare();
  return kernels;
}

/**
 * Keeps an idle instance of the last module. Instances are given back only after
 * success: a failure may leave them in any state.
 */
export function keepInstance<
  T extends { readonly memory: WebAssembly.Memory },
>() {
  let idle: T | undefined;
  let idleModule: WebAssembly.Module | undefined;
  return {
    /** The instance, which isn't idle any more. */
    take(module: WebAssembly.Module): T | undefined {
      const instance = module === idleModule ? idle : undefined;
      idle = undefined;
      return instance;
    },
    keep(module: WebAssembly.Module, instance: T): void {
      if (instance.memory.buffer.byteLength > MAX_KEPT_BYTES) return;
      idle = instance;
      idleModule = module;
    },
  };
}
