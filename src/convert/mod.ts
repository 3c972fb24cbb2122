/**
 * Post-training quantization: converts f32 networks to int8, with ranges from photos.
 *
 * @example Convert a known model with photos of your own, and write its file
 * ```ts
 * import { convert } from "@totem/inception/convert";
 * import { loadNetwork, writeNetwork } from "@totem/inception/weights";
 *
 * const f32 = await loadNetwork("nsfw", { precision: "f32" });
 * const photos = ["photos/a.jpg", "photos/b.jpg"];
 * const { network } = await convert(f32, photos, { source: "nsfw" });
 * console.log(network.calibration); // { method: "images", images: 2 }
 * await Deno.writeFile("nsfw.safetensors", writeNetwork(network).stream);
 * ```
 *
 * @module
 */
export { convert, type Converted } from "./convert.ts";
export type {
  ConvertOptions,
  ConvertProgress,
  Images,
  Photo,
} from "./options.ts";
export type { GivenImage } from "../image/given_image.ts";
export type { Fidelity, LayerFidelity } from "./compare.ts";
export type { TfjsRequest } from "../backends/tfjs/observe.ts";
