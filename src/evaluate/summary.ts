import { assertArgument, assertLabels } from "../argument.ts";
import {
  calibrationError,
  type CalibrationReport,
} from "./calibration_error.ts";
import { type ConfusionMatrix, confusionMatrix } from "./confusion_matrix.ts";
import type { EvaluatedImage } from "./evaluate.ts";

/** How good answers are. */
export interface Summary {
  /** How many images were answered. */
  readonly images: number;
  /** The part whose likeliest class is right, 0..1. */
  readonly top1: number;
  /**
   * The part with a right one among the 5 likeliest, 0..1; `null` of 5 classes or
   * fewer, where it is all.
   */
  readonly top5: number | null;
  /** Whether the likeliest class is right as often as its probability says. */
  readonly calibration: CalibrationReport;
  /**
   * Which classes are taken for which. An image with several right answers counts
   * for the one that was answered, else for its first.
   */
  readonly confusion: ConfusionMatrix;
}

/**
 * How good answers are.
 *
 * @param labels The classes' names.
 * @throws {ArgumentError} When there are no answers, or one isn't of these classes.
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
  const part = (isRight: (at: number) => boolean) =>
    rightAt.filter(isRight).length / images.length;
  return {
    images: images.length,
    top1: part((at) => at === 0),
    top5: labels.length > 5 ? part((at) => at >= 0) : null,
    calibration: calibrationError(
      images.map(({ top }, i) => ({
        probability: top[0]!.probability,
        isRight: rightAt[i] === 0,
      })),
    ),
    confusion,
  };
}
