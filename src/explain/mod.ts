/**
 * Draws the result of `Classifier.explain`: where in a photo a model sees a class.
 *
 * @example A heat map of the most likely class
 * ```ts
 * import { load } from "@totem/inception";
 * import { drawOverlay, encodePng } from "@totem/inception/explain";
 *
 * using classifier = await load("nsfw");
 * const photo = await Deno.readFile("photo.jpg");
 * const explanation = await classifier.explain(photo);
 * const picture = await drawOverlay(photo, explanation);
 * await Deno.writeFile("heat.png", await encodePng(picture));
 * ```
 *
 * @module
 */
export { colorOf, type Rgb } from "./color_map.ts";
export { drawOverlay } from "./overlay.ts";
export { encodePng } from "../image/encode_png.ts";
export { upsample } from "./upsample.ts";
