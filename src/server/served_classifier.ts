import type {
  Classification,
  ClassifyOptions,
  RunOptions,
} from "../classification.ts";
import type { ModelMetadata } from "../model/mod.ts";

/** What a handler needs of a classifier: `load` gives one that has it. */
export interface ServedClassifier {
  /** The classes' names, in the order of their index; a model may have none. */
  readonly labels: readonly string[];
  /** The classes' ids, such as WordNet's, where the model has some. */
  readonly classIds?: readonly string[] | undefined;
  /** The side of the network's square input, in pixels. */
  readonly size: number;
  /** How images enter and answers leave, each with who said so. */
  readonly metadata: ModelMetadata;
  /** How many values `features` gives. */
  readonly featureCount: number;
  /** How many images to run at once for the highest throughput. */
  readonly concurrency: number;
  /** Where it runs. */
  readonly backend: { readonly device: string; readonly precision: string };
  /** The bits of activations; `null` in f32. */
  readonly activationBits: number | null;
  /** The likeliest classes of an image file's bytes, the likeliest first. */
  classify(
    image: Uint8Array,
    options: ClassifyOptions,
  ): Promise<Classification[]>;
  /** The pooled activations, `[featureCount]`. */
  features(image: Uint8Array, options: RunOptions): Promise<Float32Array>;
}
