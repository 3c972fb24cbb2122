import { compileEmbedded } from "../embedded_module.ts";
import { DecoderUnavailableError } from "../errors.ts";
import { FORMAT_NAMES, type ImageFormat } from "./header.ts";

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

/**
 * Gives a format's compiled decoder: the one that is handed in, or else one that is
 * compiled once from what the package has.
 *
 * @param load Imports it. What fails is tried again for the next image.
 */
export function keepModule(
  format: ImageFormat,
  load: () => Promise<{ readonly BASE64: string }>,
): () => Promise<WebAssembly.Module> {
  let compiled: Promise<WebAssembly.Module> | undefined;
  const compile = async () => {
    try {
      return await compileEmbedded((await load()).BASE64);
    } catch (cause) {
      compiled = undefined;
      const reason = cause instanceof Error ? cause.message : `${cause}`;
      throw new DecoderUnavailableError(
        `Cannot load the decoder of ${
          FORMAT_NAMES[format]
        }: ${reason}. Where WebAssembly isn't compiled from bytes, hand it in with setCodecModule("${format}", module)`,
        format,
        { cause },
      );
    }
  };
  return async () => handedIn.get(format) ?? await (compiled ??= compile());
}
