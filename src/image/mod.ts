/**
 * Bytes to the square of pixels that a network reads: the input stage.
 *
 * {@linkcode decodeImage} turns a JPEG, PNG or WebP into upright, opaque 8-bit
 * RGBA; {@linkcode fitImage} crops and resizes it as the model's training did.
 * {@linkcode readImageHeader} tells format and size without decoding.
 *
 * Decoders are WebAssembly files of the `@jsquash` packages, loaded on the
 * first image of their format. Deno reads them with `--allow-read`; Node reads
 * them from `node_modules`; where neither works (Cloudflare Workers, some
 * bundlers) hand the modules in with {@linkcode setCodecModule}.
 *
 * @example Decode a photo for a 299x299 network
 * ```ts ignore
 * import { decodeImage, fitImage } from "./mod.ts";
 *
 * const image = await decodeImage(await Deno.readFile("photo.jpg"));
 * const input = fitImage(image, 299, {
 *   crop: { kind: "center", fraction: 0.875 },
 *   resize: "antialiased",
 * });
 * console.log(input.width, input.height); // 299 299
 * ```
 *
 * @module
 */

export type { Pixels } from "./pixels.ts";
export type { ImageFormat, ImageHeader, Orientation } from "./header.ts";
export { readImageHeader } from "./header.ts";
export type { DecodeOptions } from "./decode.ts";
export { decodeImage, DEFAULT_MAX_PIXELS } from "./decode.ts";
export type { CropRule, InputGeometry } from "./fit.ts";
export { fitImage } from "./fit.ts";
export { setCodecModule } from "./codecs/wasm_module.ts";
