import type { ImageFormat } from "../header.ts";

/** Where Node finds the codec, as the package has no exports map. */
const WEBP_FILE = "@jsquash/webp/codec/dec/webp_dec.wasm";

const handedIn = new Map<ImageFormat, WebAssembly.Module>();

/**
 * Hands in a compiled codec for runtimes that can't load one by itself, such as
 * Cloudflare Workers, which compile only what is imported. Call it before the
 * first image of that format is decoded.
 *
 * @param format The format that it decodes.
 * @param module Compiled from this package's `src/image/jpeg/modules/jpeg.wasm` or
 * `src/image/png/modules/png.wasm`, or from `codec/dec/webp_dec.wasm` of the
 * version of `@jsquash/webp` that this package depends on.
 *
 * @example In a Cloudflare Worker
 * ```ts ignore
 * import webp from "@jsquash/webp/codec/dec/webp_dec.wasm";
 * setCodecModule("webp", webp);
 * ```
 */
export function setCodecModule(
  format: ImageFormat,
  module: WebAssembly.Module,
): void {
  handedIn.set(format, module);
}

/** The compiled codec that was handed in. */
export function handedInModule(
  format: ImageFormat,
): WebAssembly.Module | undefined {
  return handedIn.get(format);
}

/**
 * The compiled WebP codec where its package's own loading won't do: handed in, or
 * read from disk in Node, whose `fetch` takes no `file:` address.
 *
 * @returns `undefined` where the package finds its file by itself (Deno,
 * browsers and bundlers that follow `new URL(..., import.meta.url)`).
 */
export async function webpModule(): Promise<WebAssembly.Module | undefined> {
  const module = handedIn.get("webp");
  if (module !== undefined) return module;
  const fs = nodeFileSystem();
  if (fs === undefined) return undefined;
  const url = new URL(import.meta.resolve(WEBP_FILE));
  return WebAssembly.compile(await fs.readFile(url));
}

interface NodeFileSystem {
  readFile(url: URL): Promise<Uint8Array<ArrayBuffer>>;
}

// Not an import of `node:fs`, which bundlers for browsers refuse.
function nodeFileSystem(): NodeFileSystem | undefined {
  if ("Deno" in globalThis) return undefined;
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): NodeFileSystem };
  };
  return process?.getBuiltinModule?.("node:fs/promises");
}
