/**
 * Teaches a model new classes (`finetune`), adapts one to smaller inputs (`adapt`), and
 * trains one from scratch (`trainNetwork`). `./evaluate` measures the results.
 *
 * @example The target of label smoothing
 * ```ts
 * import { smoothLabel } from "@totem/inception/train";
 *
 * console.log(smoothLabel(0, 4, { epsilon: 0.1 })); // [0.925, 0.025, 0.025, 0.025]
 * ```
 *
 * @module
 */
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
export type { FeatureTable } from "./features.ts";
export type { LabelledImage } from "../labelled_image.ts";
export type { LearningOptions } from "./learning_options.ts";
export type { Epoch } from "./learn_head.ts";
export type { HeadScore } from "./score_head.ts";
export type { OptimizerRule } from "./optimizer.ts";
export { trainNetwork } from "./train_network.ts";
export type {
  TrainingBackend,
  TrainingEpoch,
  TrainingImage,
  TrainOptions,
} from "./train_options.ts";
export {
  type TrainedLayer,
  type TrainedNetwork,
  writeTrained,
} from "./trained_network.ts";
export { adapt, type Adapted, type AdaptOptions } from "./adapt.ts";
export type { BatchNorm } from "../weights/fold_batch_norm.ts";
