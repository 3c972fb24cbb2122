import { assertOptions, type OptionNames } from "../argument.ts";
import { DECODE_OPTIONS } from "../image/decode_options.ts";
import type { DecodeOptions, ImageSource } from "../image/mod.ts";
import { assertSameModel, type FeatureModel } from "./indexed_model.ts";
import type { Match, SearchIndex } from "./search_index.ts";

/** Options of `findSimilar`. */
export interface FindSimilarOptions extends DecodeOptions {
  /** The number of images to return, at least 1; 10 unless given. */
  readonly top?: number | undefined;
  /** Aborts before the search itself, which takes a few ms. */
  readonly signal?: AbortSignal | undefined;
}

const FIND_SIMILAR_OPTIONS: OptionNames<FindSimilarOptions> = {
  ...DECODE_OPTIONS,
  top: true,
};

/**
 * Finds the images of an index that are most similar to `image`, the most similar
 * first.
 *
 * @throws {ModelMismatchError} When the index has another model's features.
 * @throws {ArgumentError} When `top` isn't a whole number >= 1.
 * @throws As `Classifier.features`, when the image can't be read.
 */
export async function findSimilar(
  index: SearchIndex,
  classifier: FeatureModel,
  image: ImageSource,
  options: FindSimilarOptions = {},
): Promise<Match[]> {
  assertOptions("search", options, FIND_SIMILAR_OPTIONS);
  const { top, ...reading } = options;
  await assertSameModel(index, classifier);
  return index.nearest(await classifier.features(image, reading), top);
}
