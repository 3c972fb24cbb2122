export type { Pixels } from "./pixels.ts";
export type { Orientation } from "./exif.ts";
export type { ImageFormat, ImageHeader } from "./image_format.ts";
export { readImageHeader } from "./read_header.ts";
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
