import {
  assertArgument,
  assertIterable,
  assertLabels,
  assertOptions,
  assertSignal,
  displayValue,
} from "../argument.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import { classNames } from "../class_names.ts";
import { assertFiniteAnswer } from "../finite_answer.ts";
import { readGiven } from "../image/given_image.ts";
import { classIndices, type LabelledImage } from "../labelled_image.ts";
import type { Predictor } from "./predictor.ts";

/** The answer to an image. */
export interface EvaluatedImage {
  /** See {@linkcode LabelledImage.name}. */
  readonly name: string;
  /**
   * The indices of the correct classes; the first is the image's own. For a model with a
   * sigmoid, the indices of all labels that the image has.
   */
  readonly classes: readonly number[];
  /** The most likely classes, at most 5, most likely first. */
  readonly top: readonly {
    /** The index of the class among the labels. */
    readonly index: number;
    /** 0..1 */
    readonly probability: number;
  }[];
  /** The probability of each label, in label order. Only for a model with a sigmoid. */
  readonly probabilities?: readonly number[];
  /** The time in the networks, in ms, including waiting for a thread. */
  readonly inference: number;
}

/** An image that couldn't be read or run. */
export interface FailedImage {
  /** See {@linkcode LabelledImage.name}. */
  readonly name: string;
  /** The error. */
  readonly error: unknown;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Ends the iteration. Results that were yielded before stay valid. */
  readonly signal?: AbortSignal | undefined;
}

/** The number of top classes to keep, for top-5 accuracy. */
const TOP = 5;

/**
 * Classifies images with known classes, several at a time, and yields the answers in
 * the order of the images. An image that can't be read is yielded with its error, and
 * the iteration continues. Answers are plain JSON, so you can store them and summarize
 * them later.
 *
 * @throws {ArgumentError} When an image isn't a {@linkcode LabelledImage}, or its class
 * isn't one of the predictor's, or has a name that several classes have.
 * @throws {AbortedError} When the signal fires.
 *
 * @example Top-1 accuracy
 * ```ts
 * import { load } from "@totem/inception";
 * import { evaluate, summarize, withCrops } from "@totem/inception/evaluate";
 *
 * using classifier = await load("parts.safetensors");
 * const images = ["bolt", "nut"].map((label) => ({
 *   label,
 *   image: `${label}/1.jpg`,
 * }));
 * const results = [];
 * for await (const result of evaluate(withCrops(classifier), images)) {
 *   if ("error" in result) console.warn(result.name, result.error);
 *   else results.push(result);
 * }
 * console.log(summarize(classifier.labels, results).top1); // 0.89
 * ```
 */
export async function* evaluate(
  predictor: Predictor,
  images: Iterable<LabelledImage> | AsyncIterable<LabelledImage>,
  options: EvaluateOptions = {},
): AsyncGenerator<EvaluatedImage | FailedImage> {
  assertOptions("evaluate", options, { signal: true });
  const { signal } = options;
  assertArgument(
    typeof predictor?.predict === "function",
    "evaluate as the predictor must be what withCrops() or ensemble() gives",
    predictor,
  );
  assertIterable("evaluate", images);
  assertSignal("evaluate", signal);
  const { concurrency, labels, activation } = predictor;
  assertLabels("evaluate", labels);
  const { find } = classNames(labels, null);
  yield* mapOrdered(images, (image, signal, place) => {
    const name = image?.name ?? `${place}`;
    const cannot = `evaluate ${displayValue(name)}`;
    const least = activation === "sigmoid" ? 0 : 1;
    const classes = classIndices(cannot, image, find, labels.length, least);
    return answer(predictor, image, { name, classes }, signal);
  }, { concurrency, signal });
}

async function answer(
  predictor: Predictor,
  image: LabelledImage,
  known: Pick<EvaluatedImage, "name" | "classes">,
  signal: AbortSignal,
): Promise<EvaluatedImage | FailedImage> {
  try {
    const { probabilities, inference } = await predictor.predict(
      await readGiven(image),
      signal,
    );
    // The predictor may be user-defined.
    assertFiniteAnswer("probabilities", probabilities);
    return {
      ...known,
      top: mostLikely(probabilities),
      ...predictor.activation === "sigmoid" &&
        { probabilities: [...probabilities] },
      inference,
    };
  } catch (error) {
    return { name: known.name, error };
  }
}

/** The classes with the highest probabilities. Ties keep the order of the classes. */
export function mostLikely(
  probabilities: ArrayLike<number>,
): EvaluatedImage["top"] {
  return Array.from(
    probabilities,
    (probability, index) => ({ index, probability }),
  ).sort((a, b) => b.probability - a.probability).slice(0, TOP);
}
