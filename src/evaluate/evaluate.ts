import {
  assertArgument,
  assertIterable,
  assertOptions,
  assertSignal,
  assertWhole,
  shownValue,
} from "../argument.ts";
import { finiteAnswer } from "../finite_answer.ts";
import { type GivenImage, isGiven, readGiven } from "../image/given_image.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import type { Predictor } from "./predictor.ts";

/** An image whose classes are known. */
export type LabelledImage = GivenImage & {
  /** What it is called in results: its file, say. */
  readonly name: string;
  /** The classes that are right answers, as indices; the first is its own. */
  readonly classes: readonly number[];
};

/** What was answered of an image. */
export interface EvaluatedImage {
  /** See {@linkcode LabelledImage.name}. */
  readonly name: string;
  /** See {@linkcode LabelledImage.classes}. */
  readonly classes: readonly number[];
  /** The likeliest classes, at most 5, the likeliest first. */
  readonly top: readonly {
    /** The class's place among the labels. */
    readonly index: number;
    /** 0..1 */
    readonly probability: number;
  }[];
  /** What the networks took, in ms, waiting for a thread included. */
  readonly inference: number;
}

/** An image that couldn't be read or run. */
export interface FailedImage {
  /** See {@linkcode LabelledImage.name}. */
  readonly name: string;
  /** What was thrown. */
  readonly error: unknown;
}

/** How images are evaluated. */
export interface EvaluateOptions {
  /** Ends it; what was given before stays. */
  readonly signal?: AbortSignal | undefined;
}

/** How many of the likeliest classes are kept: top-5 accuracy needs them. */
const TOP = 5;

/**
 * Asks a predictor about each image, some at once, and gives what it says in the
 * order of the images. An image that can't be read doesn't end it.
 *
 * @throws {ArgumentError} When an image isn't a {@linkcode LabelledImage}, or its
 * classes aren't the predictor's.
 * @throws {AbortedError} When the signal fires.
 *
 * @example How often the first answer is right
 * ```ts
 * import { load } from "@totem/inception";
 * import { evaluate, summarize, withCrops } from "@totem/inception/evaluate";
 *
 * using classifier = await load("parts.safetensors");
 * const images = ["a.jpg", "b.jpg"].map((name) => ({
 *   name,
 *   classes: [1], // Its class, and others that are right as well, by index.
 *   image: `photos/${name}`,
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
  const { concurrency, labels } = predictor;
  yield* mapOrdered(images, (image, signal) => {
    assertLabelled(image, labels.length);
    return ask(predictor, image, signal);
  }, { concurrency, signal });
}

/** @throws {ArgumentError} When it isn't such an image of so many classes. */
function assertLabelled(image: LabelledImage, labels: number): void {
  const { name, classes } = image ?? {};
  assertArgument(
    Array.isArray(classes) && isGiven(image),
    `evaluate ${
      shownValue(name)
    } as an image must be given as { name, classes, image }, or read() for image`,
    image,
  );
  assertArgument(
    classes.length > 0,
    `evaluate ${shownValue(name)} as it must have >= 1 class`,
    classes,
  );
  for (const index of classes) {
    const cannot = `evaluate ${shownValue(name)}`;
    assertWhole(cannot, "its class", index, 0, labels - 1);
  }
}

/** What a predictor says of an image, or what it throws. */
async function ask(
  predictor: Predictor,
  image: LabelledImage,
  signal: AbortSignal,
): Promise<EvaluatedImage | FailedImage> {
  const { name, classes } = image;
  try {
    const { probabilities, inference } = await predictor.predict(
      await readGiven(image),
      signal,
    );
    // A predictor needn't be a model that was loaded here.
    const top = likeliest(finiteAnswer("probabilities", probabilities));
    return { name, classes, top, inference };
  } catch (error) {
    return { name, error };
  }
}

/** Of equals the first comes first. */
function likeliest(probabilities: Float32Array): EvaluatedImage["top"] {
  return Array.from(
    probabilities,
    (probability, index) => ({ index, probability }),
  ).sort((a, b) => b.probability - a.probability).slice(0, TOP);
}
