import type { ImageFormat } from "./header.ts";

const handedIn = new Map<ImageFormat, WebAssembly.Module>();

/**
 * Hands in a compiled decoder for runtimes that compile no WebAssembly from bytes, as
 * Cloudflare Workers, but only what is imported. Call it before the first image of
 * that format is decoded.
 *
 * @param format The format that it decodes.
 * @param module Compiled from a file of this package:
 * `src/image/jpeg/modules/jpeg.wasm`, `src/image/png/modules/png.wasm` or
 * `src/image/webp/modules/webp.wasm`.
 *
 * @example In a Cloudflare Worker
 * ```ts ignore
 * import jpeg from "@totem/inception/src/image/jpeg/modules/jpeg.wasm";
 * setCodecModule("jpeg", jpeg);
 * ```
 */
export function setCodecModule(
  format: ImageFormat,
  module: WebAssembly.Module,
): void {
  handedIn.set(format, module);
}

/** The compiled decoder that was handed in. */
export function handedInModule(
  format: ImageFormat,
): WebAssembly.Module | undefined {
  return handedIn.get(format);
}
