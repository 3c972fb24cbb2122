import { throwIfAborted } from "../async/abort.ts";
import {
  assertArgument,
  assertIterable,
  assertOptions,
  assertSignal,
} from "../argument.ts";
import { DECODE_OPTIONS } from "../image/decode_options.ts";
import { type GivenImage, isGiven, readGiven } from "../image/given_image.ts";
import type { DecodeOptions } from "../image/mod.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import { assertSameModel, type FeatureModel } from "./indexed_model.ts";
import type { IndexedImage, SearchIndex } from "./search_index.ts";

/** An image to index. */
export type NewImage = IndexedImage & GivenImage;

/** An image that was added, or that couldn't be read or run. */
export interface AddedImage {
  /** See {@linkcode IndexedImage.name}. */
  readonly name: string;
  /** The error, if the image couldn't be read or run. */
  readonly error?: unknown;
}

/** Options of `addImages`. */
export interface AddImagesOptions extends DecodeOptions {
  /** Ends the iteration. Images that were added before stay in the index. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Adds images to an index in their order and yields each of them, decoding some while
 * others run. An image that can't be read is yielded with its error, and the iteration
 * continues.
 *
 * @throws {ModelMismatchError} When the index has another model's features.
 * @throws {AbortedError} When the signal fires.
 *
 * @example Index photos
 * ```ts
 * import { load } from "@totem/inception";
 * import {
 *   addImages,
 *   describeModel,
 *   SearchIndex,
 *   writeIndex,
 * } from "@totem/inception/search";
 *
 * using classifier = await load("nsfw", { threads: "auto", threading: "throughput" });
 * const model = await describeModel(classifier, "nsfw");
 * const index = await SearchIndex.create({ model, root: "photos" });
 * const photos = ["a.jpg", "b.jpg"].map((name) => ({
 *   name,
 *   version: "1",
 *   image: `photos/${name}`,
 * }));
 * for await (const { name, error } of addImages(index, classifier, photos)) {
 *   if (error) console.warn(name, error);
 * }
 * await Deno.writeFile("photos.safetensors", writeIndex(index).stream);
 * ```
 */
export async function* addImages(
  index: SearchIndex,
  classifier: FeatureModel,
  images: Iterable<NewImage> | AsyncIterable<NewImage>,
  options: AddImagesOptions = {},
): AsyncGenerator<AddedImage> {
  assertOptions("add images", options, DECODE_OPTIONS);
  const { signal } = options;
  assertIterable("add images", images);
  assertSignal("add images", signal);
  throwIfAborted(signal);
  await assertSameModel(index, classifier);
  const outcomes = mapOrdered(
    images,
    async (image, signal): Promise<Outcome> => {
      assertArgument(
        isGiven(image),
        "index an image as it must be given as { name, version, image }, or read() for image",
        image,
      );
      try {
        const source = await readGiven(image);
        const reading = { ...options, signal };
        return { image, features: await classifier.features(source, reading) };
      } catch (error) {
        return { image, error };
      }
    },
    { concurrency: classifier.concurrency, signal },
  );
  for await (const { image, ...outcome } of outcomes) {
    const { name } = image;
    if ("error" in outcome) yield { name, error: outcome.error };
    else {
      index.add(image, outcome.features);
      yield { name };
    }
  }
}

type Outcome =
  & { readonly image: NewImage }
  & ({ readonly features: Float32Array } | { readonly error: unknown });
