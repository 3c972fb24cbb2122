import { assertArgument, assertLabels } from "../argument.ts";
import { assertThreshold, DEFAULT_THRESHOLD } from "../classification.ts";
import { ArgumentError } from "../errors.ts";
import {
  type LabelCounts,
  type LabelRates,
  labelRates,
  type RankScores,
  rankScores,
} from "./binary_scores.ts";
import {
  calibrationError,
  type CalibrationReport,
  type Confidence,
} from "./calibration_error.ts";
import type { EvaluatedImage } from "./evaluate.ts";

/** How well one label is recognised. */
export interface LabelScore extends LabelCounts, LabelRates, RankScores {
  /** The label's name. */
  readonly label: string;
}

/** How well a model with a sigmoid recognises labels, any number of them per image. */
export interface LabelSummary {
  /** The number of images. */
  readonly images: number;
  /** The minimum probability that counts as an answer. */
  readonly threshold: number;
  /** In the order of the model's labels. */
  readonly labels: readonly LabelScore[];
  /**
   * The mean of the labels' F1, ignoring `null`, as scikit-learn computes it with
   * `zero_division=np.nan`. A label that occurs in images or answers, but was never
   * correct, counts as 0.
   */
  readonly macroF1: number | null;
  /** Precision, recall and F1 of all answers of all labels together. */
  readonly micro: LabelRates;
  /** mAP: the mean of the labels' average precision, ignoring `null`. */
  readonly meanAveragePrecision: number | null;
  /**
   * The fraction of images whose answered labels are exactly their labels, 0..1. For a
   * model with one label this is the accuracy.
   */
  readonly exactMatch: number;
  /** The calibration of all probabilities, one per image and label. */
  readonly calibration: CalibrationReport;
}

/**
 * Summarizes the answers of a model with a sigmoid.
 *
 * @param threshold The lowest probability that counts as an answer, 0..1.
 * @throws {ArgumentError} When there are no answers, one has no probability for each of
 * these labels, or the threshold isn't valid.
 *
 * @example A photo that shows both, and one that shows neither
 * ```ts
 * import { summarizeLabels } from "@totem/inception/evaluate";
 *
 * const image = { inference: 0, top: [] };
 * const { macroF1, meanAveragePrecision } = summarizeLabels(["cat", "dog"], [
 *   { ...image, name: "a", classes: [0, 1], probabilities: [0.9, 0.4] },
 *   { ...image, name: "b", classes: [], probabilities: [0.2, 0.1] },
 * ]);
 * console.log(macroF1, meanAveragePrecision); // 0.5 1
 * ```
 */
export function summarizeLabels(
  labels: readonly string[],
  images: readonly EvaluatedImage[],
  threshold: number = DEFAULT_THRESHOLD,
): LabelSummary {
  assertLabels("sum up labels", labels);
  assertThreshold("sum up labels", threshold);
  assertArgument(
    Array.isArray(images) && images.every((it) =>
      Array.isArray(it?.classes) &&
      it.probabilities?.length === labels.length
    ),
    "sum up labels as images must be an array of what evaluate() gives for a model with a sigmoid, without those that failed",
    images,
  );
  if (images.length === 0) {
    throw new ArgumentError("Cannot sum up labels as there are no answers");
  }
  const isWrong = new Uint8Array(images.length);
  const scores = labels.map((label, index): LabelScore => {
    const answers = images.map(({ classes, probabilities }) => ({
      probability: probabilities![index]!,
      isActual: classes.includes(index),
    }));
    let answered = 0;
    let correct = 0;
    for (const [i, { probability, isActual }] of answers.entries()) {
      const isAnswer = probability >= threshold;
      answered += Number(isAnswer);
      correct += Number(isAnswer && isActual);
      if (isAnswer !== isActual) isWrong[i] = 1;
    }
    const actual = answers.filter(({ isActual }) => isActual).length;
    const counts = { images: actual, answered, correct };
    return { label, ...counts, ...labelRates(counts), ...rankScores(answers) };
  });
  const total = (of: keyof LabelCounts) =>
    scores.reduce((sum, it) => sum + it[of], 0);
  return {
    images: images.length,
    threshold,
    labels: scores,
    macroF1: mean(scores.map(({ f1 }) => f1)),
    micro: labelRates({
      images: total("images"),
      answered: total("answered"),
      correct: total("correct"),
    }),
    meanAveragePrecision: mean(scores.map((it) => it.averagePrecision)),
    exactMatch: 1 - isWrong.reduce((sum, it) => sum + it, 0) / images.length,
    calibration: calibrationError(decisions(images)),
  };
}

/** Yields the probability of each label for each image, and whether the image has it. */
function* decisions(images: readonly EvaluatedImage[]): Generator<Confidence> {
  for (const { classes, probabilities } of images) {
    for (const [index, probability] of probabilities!.entries()) {
      yield { probability, isRight: classes.includes(index) };
    }
  }
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((it) => it !== null);
  return known.length === 0
    ? null
    : known.reduce((sum, it) => sum + it, 0) / known.length;
}
