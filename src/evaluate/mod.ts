/**
 * Measures how often a model is right: top-1 and top-5 accuracy, expected calibration
 * error and the confusion matrix; for a model with a sigmoid, F1 and average precision
 * per label. It has multi-crop evaluation and ensembles.
 *
 * @example A confusion matrix as a chart
 * ```ts
 * import { confusionChart, confusionMatrix } from "@totem/inception/evaluate";
 *
 * const matrix = confusionMatrix(["cat", "dog"], [
 *   { actual: 0, predicted: 0 },
 *   { actual: 1, predicted: 0 },
 * ]);
 * console.log(confusionChart("Pets", matrix)); // <svg …
 * ```
 *
 * @module
 */
export {
  evaluate,
  type EvaluatedImage,
  type EvaluateOptions,
  type FailedImage,
} from "./evaluate.ts";
export type { LabelledImage } from "../labelled_image.ts";
export type { Prediction, Predictor } from "./predictor.ts";
export { withCrops } from "./with_crops.ts";
export { ensemble } from "./ensemble.ts";
export { type Crop, type CropCount, cutCrop, multiCrops } from "./crops.ts";
export { summarize, type Summary } from "./summary.ts";
export {
  type LabelScore,
  type LabelSummary,
  summarizeLabels,
} from "./label_summary.ts";
export type { LabelCounts, LabelRates, RankScores } from "./binary_scores.ts";
export {
  type CalibrationBin,
  calibrationError,
  type CalibrationReport,
  type Confidence,
} from "./calibration_error.ts";
export {
  accuracy,
  type Answer,
  type ClassScore,
  classScores,
  type ConfusionMatrix,
  confusionMatrix,
  withoutEmptyClasses,
} from "./confusion_matrix.ts";
export { confusionChart } from "./confusion_chart.ts";
export type { GivenImage } from "../image/given_image.ts";
