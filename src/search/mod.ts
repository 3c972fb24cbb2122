/**
 * Search for similar images. An index holds the features of images, normalized and
 * quantized to 7 bits. A search compares all of them by cosine in SIMD kernels, with
 * the same results on every machine.
 *
 * @example Find images similar to a photo
 * ```ts
 * import { load } from "@totem/inception";
 * import { findSimilar, readIndex } from "@totem/inception/search";
 *
 * using classifier = await load("nsfw");
 * const file = await Deno.open("photos.safetensors");
 * const index = await readIndex(file.readable);
 * const photo = await Deno.readFile("photo.jpg");
 * for (const { name, similarity } of await findSimilar(index, classifier, photo)) {
 *   console.log(name, similarity);
 * }
 * ```
 *
 * @module
 */
export {
  type AddedImage,
  addImages,
  type AddImagesOptions,
  type NewImage,
} from "./add_images.ts";
export type { GivenImage } from "../image/given_image.ts";
export { contactSheet, type SheetImage } from "./contact_sheet.ts";
export { findSimilar, type FindSimilarOptions } from "./find_similar.ts";
export { readIndex, writeIndex } from "./index_file.ts";
export { mergeMatches } from "./merge_matches.ts";
export {
  assertSameModel,
  describeModel,
  type FeatureModel,
} from "./indexed_model.ts";
export {
  type IndexedImage,
  type IndexedModel,
  type IndexMetadata,
  type Match,
  SearchIndex,
} from "./search_index.ts";
export { setWasmModules, type WasmModules } from "../runtime/wasm_modules.ts";
