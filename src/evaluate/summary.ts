import { assertArgument, assertLabels } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import {
  calibrationError,
  type CalibrationReport,
} from "./calibration_error.ts";
import { type ConfusionMatrix, confusionMatrix } from "./confusion_matrix.ts";
import type { EvaluatedImage } from "./evaluate.ts";

/** How often a model is right. */
export interface Summary {
  /** The number of images. */
  readonly images: number;
  /** Top-1 accuracy, 0..1. */
  readonly top1: number;
  /** Top-5 accuracy, 0..1; `null` for 5 classes or fewer, where it is 1. */
  readonly top5: number | null;
  /** The expected calibration error of the most likely class. */
  readonly calibration: CalibrationReport;
  /**
   * Which classes are confused. An image with several correct classes counts for the one
   * that was answered, otherwise for its first.
   */
  readonly confusion: ConfusionMatrix;
}

/**
 * Summarizes the answers to images that have one class each.
 *
 * @throws {ArgumentError} When there are no answers, or one isn't of these classes or
 * comes from a model with a sigmoid, for which there is {@linkcode summarizeLabels}.
 */
export function summarize(
  labels: readonly string[],
  images: readonly EvaluatedImage[],
): Summary {
  assertLabels("count answers", labels);
  assertArgument(
    Array.isArray(images) && images.every((it) => Array.isArray(it?.top)),
    "count answers as images must be an array of what evaluate() gives, without those that failed",
    images,
  );
  if (images.some(({ probabilities }) => probabilities !== undefined)) {
    throw new ArgumentError(
      "Cannot sum up the answers of a model with a sigmoid as each image must have one class: summarizeLabels() takes several",
    );
  }
  const rightAt = images.map(({ classes, top }) =>
    top.findIndex(({ index }) => classes.includes(index))
  );
  const confusion = confusionMatrix(
    labels,
    images.map(({ classes, top }, i) => ({
      actual: rightAt[i] === 0 ? top[0]!.index : classes[0]!,
      predicted: top[0]!.index,
    })),
  );
  const accuracy = (isRight: (at: number) => boolean) =>
    rightAt.filter(isRight).length / images.length;
  return {
    images: images.length,
    top1: accuracy((at) => at === 0),
    top5: labels.length > 5 ? accuracy((at) => at >= 0) : null,
    calibration: calibrationError(
      images.map(({ top }, i) => ({
        probability: top[0]!.probability,
        isRight: rightAt[i] === 0,
      })),
    ),
    confusion,
  };
}
