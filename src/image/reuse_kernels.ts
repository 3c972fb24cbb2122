import type { LoadEmbedded } from "../runtime/wasm_modules.ts";
import { allocate } from "./allocate.ts";
import { decoderModule } from "./decoder_module.ts";
import { type EmbeddedFormat, FORMAT_NAMES } from "./image_format.ts";
import { withWorkspace } from "./workspace.ts";

export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** The number of bytes that an earlier image may have written. */
  readonly usedBytes: number;
  /** Writes the tables that all images share. */
  prepare(): void;
}

const CACHE_LINE = 64;

/**
 * Returns an allocator that hands out addresses of whole cache lines; for 0 bytes it
 * returns the end.
 */
export function startClaims(start: number): (bytes: number) => number {
  let end = start;
  return (bytes) => {
    const address = end;
    end += Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
    return address;
  };
}

/**
 * @returns Runs `use` with a format's kernels, and `bytes` of memory for themselves:
 * those of the last image if they still exist.
 */
export function reuseKernels<K extends Kernels>(
  format: EmbeddedFormat,
  load: LoadEmbedded,
) {
  return async <T>(
    bytes: number,
    use: (kernels: K) => Promise<T>,
  ): Promise<T> => {
    const module = await decoderModule(format, load);
    return await withWorkspace(module, async (workspace) => {
      const name = `the ${FORMAT_NAMES[format]}`;
      allocate(name, bytes, () => workspace.reserve(bytes));
      const { memory } = workspace;
      const exported = workspace.takeDecoder(
        module,
        () => instantiate<K>(module, memory),
      );
      const { usedBytes } = workspace;
      workspace.use(bytes);
      const result = await use({ ...exported, memory, usedBytes });
      workspace.keepDecoder(module, exported);
      return result;
    });
  };
}

function instantiate<K extends Kernels>(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): K {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = exports as unknown as K;
  kernels.prepare();
  return kernels;
}
