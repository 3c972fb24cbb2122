/**
 * What answers an image with the probability of each class: a model on one part
 * of the image or on many, or several models together.
 *
 * @module
 */
import {
  assertArgument,
  assertChoice,
  assertOptions,
  type OptionNames,
} from "../argument.ts";
import type { Classifier } from "../classifier.ts";
import { ArgumentError } from "../errors.ts";
import {
  decodeImage,
  type DecodeOptions,
  type ImageSource,
} from "../image/mod.ts";
import { assertDecodeOptions } from "../image/decode_options.ts";
import { type CropCount, cutCrop, multiCrops } from "./crops.ts";

/** How images are decoded; each call brings its own signal. */
const DECODING: OptionNames<Omit<DecodeOptions, "signal">> = {
  maxPixels: true,
  maxBufferedPixels: true,
  allowTruncated: true,
};

/** What is said of an image. */
export interface Prediction {
  /** One a class, in the order of the labels; they add up to 1. */
  readonly probabilities: Float32Array;
  /** What the networks took, in ms, waiting for a thread included. */
  readonly inference: number;
}

/** Something that classifies images. */
export interface Predictor {
  /** The classes' names. */
  readonly labels: readonly string[];
  /** How many images to give it at once for the highest throughput. */
  readonly concurrency: number;
  /**
   * The probabilities of an image's classes. Calls may overlap.
   *
   * @throws {UnsupportedImageError} When it isn't a JPEG, PNG or WebP.
   * @throws {CorruptImageError} When it is damaged or cut off.
   * @throws {ImageTooLargeError} When it has more pixels than are allowed.
   * @throws {AbortedError} When the signal fires.
   */
  predict(image: ImageSource, signal?: AbortSignal): Promise<Prediction>;
}

/**
 * A model that looks at one part of an image, as its training did, or at 12 or
 * 144, whose probabilities it averages; see {@linkcode multiCrops}.
 *
 * @param decoding What images may have, and what becomes of those cut short.
 * @throws {ArgumentError} When the model has no classes, or no two, or `count` is
 * another number.
 */
export function withCrops(
  classifier: Classifier,
  count: CropCount = 1,
  decoding: Omit<DecodeOptions, "signal"> = {},
): Predictor {
  assertChoice("look at crops", "their number", count, [1, 12, 144]);
  assertOptions("look at crops", decoding, DECODING);
  assertDecodeOptions(decoding);
  assertArgument(
    typeof classifier?.probabilities === "function",
    "evaluate a model as it must be a classifier, as load() gives it",
    classifier,
  );
  const { labels, concurrency } = classifier;
  if (labels.length < 2) {
    throw new ArgumentError(
      `Cannot evaluate a model as it must tell >= 2 classes apart: it has ${labels.length}`,
    );
  }
  return {
    labels,
    concurrency,
    async predict(image, signal) {
      let inference = 0;
      const onTimings = (it: { readonly inference: number }) =>
        inference += it.inference;
      if (count === 1) {
        const options = { ...decoding, signal, onTimings };
        const probabilities = await classifier.probabilities(image, options);
        return { probabilities, inference };
      }
      const mean = new Float32Array(labels.length);
      const pixels = await decodeImage(image, { ...decoding, signal });
      for (const crop of multiCrops(pixels.width, pixels.height, count)) {
        const part = await classifier.probabilities(cutCrop(pixels, crop), {
          crop: { kind: "squash" },
          signal,
          onTimings,
        });
        for (let i = 0; i < mean.length; i++) {
          mean[i]! += part[i]! * crop.weight / count;
        }
      }
      return { probabilities: mean, inference };
    },
  };
}

/**
 * Several models together: the mean of their probabilities (arXiv 1512.00567,
 * Table 5).
 *
 * @throws {ArgumentError} When there are none, or their labels differ.
 *
 * @example Two models, each on 12 parts of an image
 * ```ts
 * import { load } from "@totem/inception";
 * import { ensemble, withCrops } from "@totem/inception/evaluate";
 *
 * using first = await load("first.safetensors");
 * using second = await load("second.safetensors");
 * const predictor = ensemble([withCrops(first, 12), withCrops(second, 12)]);
 * const photo = await Deno.readFile("photo.jpg");
 * console.log(await predictor.predict(photo));
 * ```
 */
export function ensemble(members: readonly Predictor[]): Predictor {
  assertArgument(
    Array.isArray(members) &&
      members.every((it) => typeof it?.predict === "function"),
    "predict with an ensemble as it must be an array of predictors, as withCrops() gives them",
    members,
  );
  const [first] = members;
  if (first === undefined) {
    throw new ArgumentError("Cannot predict with an ensemble of no models");
  }
  for (const [i, { labels }] of members.entries()) {
    const at = first.labels.findIndex((label, index) =>
      label !== labels[index]
    );
    if (at < 0 && labels.length === first.labels.length) continue;
    throw new ArgumentError(
      at < 0
        ? `Cannot predict with models of different classes: model 1 has ${first.labels.length}, model ${
          i + 1
        } has ${labels.length}`
        : `Cannot predict with models of different classes: class ${at} of model 1 is ${
          JSON.stringify(first.labels[at])
        }, of model ${i + 1} ${JSON.stringify(labels[at])}`,
    );
  }
  return {
    labels: first.labels,
    concurrency: Math.max(...members.map(({ concurrency }) => concurrency)),
    async predict(image, signal) {
      const mean = new Float32Array(first.labels.length);
      let inference = 0;
      for (const member of members) {
        const prediction = await member.predict(image, signal);
        inference += prediction.inference;
        for (let i = 0; i < mean.length; i++) {
          mean[i]! += prediction.probabilities[i]! / members.length;
        }
      }
      return { probabilities: mean, inference };
    },
  };
}
