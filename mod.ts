/**
 * Totem runs Inception-v3 in anything that runs JavaScript: it classifies
 * photos and gives their features, on WebGPU or WASM SIMD.
 *
 * @example Classify a photo
 * ```ts
 * import { load } from "@totem/inception";
 *
 * using classifier = await load("nsfw");
 * const photo = await Deno.readFile("examples/photos/cocker_spaniels.jpg");
 * for (const { label, probability } of await classifier.classify(photo)) {
 *   console.log(label, probability);
 * }
 * ```
 *
 * @module
 */
export * from "./src/classifier.ts";
export * from "./src/load.ts";
export * from "./src/errors.ts";
export * from "./src/image/mod.ts";
export * from "./src/backends/mod.ts";
export * from "./src/weights/mod.ts";
