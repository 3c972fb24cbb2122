import type { ImageFormat } from "../header.ts";

/** Where Node finds the codecs, as the packages have no exports map. */
const WASM_FILES = {
  png: "@jsquash/png/codec/pkg/squoosh_png_bg.wasm",
  webp: "@jsquash/webp/codec/dec/webp_dec.wasm",
} as const;

const handedIn = new Map<ImageFormat, WebAssembly.Module>();

/**
 * Hands in a compiled codec for runtimes that can't load one by itself, such as
 * Cloudflare Workers, which compile only what is imported. Call it before the
 * first image of that format is decoded.
 *
 * @param format The format that it decodes.
 * @param module Compiled from this package's `src/image/jpeg/modules/jpeg.wasm`,
 * or from the file of the same version as this package depends on:
 * `codec/pkg/squoosh_png_bg.wasm` of `@jsquash/png`, or
 * `codec/dec/webp_dec.wasm` of `@jsquash/webp`.
 *
 * @example In a Cloudflare Worker
 * ```ts ignore
 * import png from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm";
 * setCodecModule("png", png);
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
 * The compiled codec where the package's own loading won't do: handed in, or
 * read from disk in Node, whose `fetch` takes no `file:` address.
 *
 * @returns `undefined` where the package finds its file by itself (Deno,
 * browsers and bundlers that follow `new URL(..., import.meta.url)`).
 */
export async function codecModule(
  format: keyof typeof WASM_FILES,
): Promise<WebAssembly.Module | undefined> {
  const module = handedIn.get(format);
  if (module !== undefined) return module;
  const fs = nodeFileSystem();
  if (fs === undefined) return undefined;
  const url = new URL(import.meta.resolve(WASM_FILES[format]));
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
