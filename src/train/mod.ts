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
export * from "./evaluate.ts";
export * from "./predictor.ts";
export * from "./crops.ts";
export * from "./summary.ts";
export * from "./calibration_error.ts";
export * from "./confusion_matrix.ts";
export * from "./charts.ts";
export {
  type LabelSmoothing,
  type LossAndGradient,
  PAPER_EPSILON,
  smoothLabel,
  softmaxCrossEntropy,
} from "./label_smoothing.ts";
export { finetune, type Finetuned } from "./finetune.ts";
export { type FinetuneOptions, LEARNING_RATES } from "./finetune_options.ts";
export type { DecodeOptions } from "../image/mod.ts";
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
