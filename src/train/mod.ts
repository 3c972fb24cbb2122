/**
 * Teaching a model new classes, adapting one to fewer pixels, training one from
 * nothing, and measuring what a model answers.
 *
 * @example A confusion matrix as a chart
 * ```ts
 * import { confusionChart, confusionMatrix } from "@totem/inception/train";
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
  type LabelledImage,
} from "./evaluate.ts";
export {
  ensemble,
  type Prediction,
  type Predictor,
  withCrops,
} from "./predictor.ts";
export { type Crop, type CropCount, cutCrop, multiCrops } from "./crops.ts";
export { summarize, type Summary } from "./summary.ts";
export {
  type CalibrationBin,
  calibrationError,
  type CalibrationReport,
  type Confidence,
} from "./calibration_error.ts";
export {
  accuracyOf,
  type Answer,
  type ClassScore,
  classScores,
  type ConfusionMatrix,
  confusionMatrix,
  withoutEmptyClasses,
} from "./confusion_matrix.ts";
export { confusionChart } from "./charts.ts";
export {
  type LabelSmoothing,
  type LossAndGradient,
  PAPER_EPSILON,
  smoothLabel,
  softmaxCrossEntropy,
} from "./label_smoothing.ts";
export { finetune, type Finetuned } from "./finetune.ts";
export type { FinetuneOptions } from "./finetune_options.ts";
export type { TfjsPackages } from "../backends/tfjs/packages.ts";
export type { GivenImage } from "../image/given_image.ts";
export type { FeatureTable, LabelledPhoto } from "./features.ts";
export type { Epoch } from "./learn_head.ts";
export type { HeadScore } from "./score_head.ts";
export type { OptimizerRule } from "./optimizer.ts";
export { trainNetwork } from "./train_network.ts";
export type {
  TrainingEpoch,
  TrainingImage,
  TrainOptions,
} from "./train_options.ts";
export type { TrainingBackend } from "./training_backend.ts";
export {
  type TrainedLayer,
  type TrainedNetwork,
  writeTrained,
} from "./trained_network.ts";
export { adapt, type Adapted } from "./adapt.ts";
export type { PhotoSource } from "./learn_stem.ts";
export type { AdaptOptions, AdaptStep } from "./adapt_options.ts";
export type { BatchNorm } from "../weights/fold_batch_norm.ts";
