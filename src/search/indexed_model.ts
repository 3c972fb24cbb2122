/**
 * Identifies the model of an index: by its features for a test pattern, and by its crop
 * and resizing. Renaming a file, changing the number of threads, or using another backend
 * makes no difference, nor do other classes trained on the same features.
 *
 * @module
 */
import { assertArgument } from "../argument.ts";
import type { Classifier } from "../classifier.ts";
import { cosine } from "../cosine.ts";
import { ModelMismatchError } from "../errors.ts";
import { describeGeometry } from "../model/describe_metadata.ts";
import type { ModelMetadata } from "../model/mod.ts";
import { encodeFeatures } from "./encode_features.ts";
import type { IndexedModel, SearchIndex } from "./search_index.ts";
import { drawPattern } from "./test_pattern.ts";

/** The part of a classifier that a search needs. */
export interface FeatureModel
  extends Pick<Classifier, "features" | "size" | "concurrency"> {
  /** The part of an image that the model sees, and how it is resized. */
  readonly metadata: Pick<ModelMetadata, "crop" | "resize">;
}

/**
 * The minimum cosine between features of the pattern from the same model in different
 * backends. For nsfw it is 0.9953 between int8 and f32, 0.9994 between 8 and 7 bits, and
 * 0.15 to another Inception-v3 of the same size.
 */
const SAME_MODEL = 0.98;

/**
 * Describes a model for a new index. It runs the model once, on a test pattern. `name`
 * is shown to people.
 */
export async function describeModel(
  classifier: FeatureModel,
  name: string,
): Promise<IndexedModel> {
  const pattern = await patternCodes(classifier);
  const { size, metadata } = classifier;
  return { name, size, geometry: describeGeometry(metadata), pattern };
}

/**
 * Checks that a model gives the same features as the one that an index was made with.
 * `addImages` and `findSimilar` do this themselves, once per model.
 *
 * @throws {ModelMismatchError} When the features of `classifier` can't be compared with
 * those in the index.
 */
export async function assertSameModel(
  index: Pick<SearchIndex, "model">,
  classifier: FeatureModel,
): Promise<void> {
  assertArgument(
    index?.model?.pattern instanceof Uint8Array,
    "compare features as the index must be a SearchIndex, as readIndex() gives it",
    index,
  );
  const { model } = index;
  const pattern = await patternCodes(classifier);
  const is = (what: string) =>
    new ModelMismatchError(
      `Cannot use this model with the index as it was made with "${model.name}" at ${model.size} pixels: ${what}`,
    );
  if (classifier.size !== model.size) {
    throw is(`this one has ${classifier.size} pixels`);
  }
  if (pattern.length !== model.pattern.length) {
    throw is(
      `this one has ${pattern.length} features, the index ${model.pattern.length}`,
    );
  }
  if (cosine(pattern, model.pattern) < SAME_MODEL) {
    throw is("this model gives other features for the test pattern");
  }
  // The pattern has the input's size, so it isn't cropped or resized.
  const geometry = describeGeometry(classifier.metadata);
  if (geometry === (model.geometry ?? geometry)) return;
  throw is(
    `its images enter as "${model.geometry}", those of this one as "${geometry}"`,
  );
}

const patterns = new WeakMap<FeatureModel, Promise<Uint8Array>>();

/** The codes of a model's features for the pattern. */
function patternCodes(classifier: FeatureModel): Promise<Uint8Array> {
  assertArgument(
    typeof classifier?.features === "function",
    "compare features as they must be of a classifier, as load() gives it",
    classifier,
  );
  const known = patterns.get(classifier) ?? encodePattern(classifier);
  patterns.set(classifier, known);
  known.catch(() => patterns.delete(classifier));
  return known;
}

async function encodePattern(classifier: FeatureModel): Promise<Uint8Array> {
  const features = await classifier.features(drawPattern(classifier.size), {
    crop: { kind: "squash" },
  });
  const codes = new Uint8Array(features.length);
  encodeFeatures(features, codes);
  return codes;
}
