/**
 * Bytes to the square of pixels that a network reads: the input stage.
 *
 * {@linkcode decodeImage} turns a JPEG, PNG or WebP into upright, opaque 8-bit
 * RGBA; {@linkcode cropAndResize} crops and resizes it as the model's training did.
 * {@linkcode preprocess} does both row by row, and of a large JPEG only what is needed.
 * {@linkcode readImageHeader} tells format and size without decoding.
 *
 * The decoders are part of the code, that of WebP is Google's libwebp. Cloudflare
 * Workers compile no WebAssembly from bytes: hand the modules in there with
 * `setWasmModules`.
 *
 * @example Decode a photo for a 299x299 network
 * ```ts
 * import { preprocess } from "@totem/inception";
 *
 * const input = await preprocess(await Deno.readFile("photo.jpg"), 299, {
 *   crop: { kind: "center", fraction: 0.875 },
 *   resize: "antialiased",
 * });
 * console.log(input.width, input.height); // 299 299
 * ```
 *
 * @module
 */

export type { Pixels } from "./pixels.ts";
export type { Orientation } from "./exif.ts";
export type { ImageFormat, ImageHeader } from "./image_header.ts";
export { readImageHeader } from "./header.ts";
export type { ImageSource, ShownImage } from "./image_source.ts";
export type { DecodeOptions } from "./decode_options.ts";
export {
  DEFAULT_MAX_PIXELS,
  DEFAULT_MAX_WEBP_PIXELS,
} from "./decode_options.ts";
export { decodeImage } from "./decode.ts";
export type { Box } from "./crop.ts";
export type { CropAndResize, CropRule } from "../model/network.ts";
export { cropAndResize } from "./crop_and_resize.ts";
export type { PreprocessOptions } from "./preprocess.ts";
export { preprocess } from "./preprocess.ts";
