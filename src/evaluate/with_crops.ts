import { assertArgument, assertChoice, assertOptions } from "../argument.ts";
import type { Classifier } from "../classifier.ts";
import { ArgumentError } from "../errors.ts";
import {
  assertDecodeOptions,
  DECODE_OPTIONS,
} from "../image/decode_options.ts";
import { decodeImage, type DecodeOptions } from "../image/mod.ts";
import { type CropCount, cutCrop, multiCrops } from "./crops.ts";
import type { Predictor } from "./predictor.ts";

const { signal: _, ...DECODING } = DECODE_OPTIONS; // Each call has its own signal.

/**
 * Makes a predictor from a classifier: on one crop of an image, as in training, or on 12
 * or 144 crops whose probabilities are averaged: see {@linkcode multiCrops}.
 *
 * @param decoding The limits of images, and whether truncated ones are accepted.
 * @throws {ArgumentError} When the model has fewer than 2 classes (1 with a sigmoid) or
 * returns logits, or an argument isn't valid.
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
  const { value: activation } = classifier.metadata.activation;
  if (activation === "none") {
    throw new ArgumentError(
      "Cannot evaluate a model as it must give probabilities: it gives logits. Load it with --activation softmax or sigmoid, or { activation }, as it was trained",
    );
  }
  if (labels.length < 2 && activation !== "sigmoid") {
    throw new ArgumentError(
      `Cannot evaluate a model as it must tell >= 2 classes apart: it has ${labels.length}`,
    );
  }
  return {
    labels,
    activation: activation ?? undefined,
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
      const options = { crop: { kind: "squash" }, signal, onTimings } as const;
      for (const crop of multiCrops(pixels.width, pixels.height, count)) {
        const cut = cutCrop(pixels, crop);
        const part = await classifier.probabilities(cut, options);
        for (let i = 0; i < mean.length; i++) {
          mean[i]! += part[i]! * crop.weight / count;
        }
      }
      return { probabilities: mean, inference };
    },
  };
}
