import {
  assertArgument,
  assertFunctions,
  assertOptions,
  assertSignal,
  assertWhole,
  type OptionNames,
} from "../argument.ts";
import { givenTfjs, type TfjsPackages } from "../backends/tfjs/packages.ts";
import { ArgumentError } from "../errors.ts";
import type { Preprocessing, Variant } from "../model/mod.ts";
import { KERAS_PREPROCESSING } from "../weights/keras_network.ts";
import {
  assertSmoothing,
  type LabelSmoothing,
  PAPER_EPSILON,
} from "./label_smoothing.ts";
import { assertLearning } from "./learning_options.ts";
import type { OptimizerRule } from "./optimizer.ts";
import type { TrainingBackend } from "./training_backend.ts";

/** An image to train with. */
export interface TrainingImage {
  /** 8-bit RGBA of the variant's size, `[side, side, 4]`; A isn't read. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
  /** The index of its class. */
  readonly classIndex: number;
}

/** How a network is trained. */
export interface TrainOptions {
  /** The classes' names, at least 2. */
  readonly labels: readonly string[];
  /** How an image enters; `"full"` unless given. */
  readonly variant?: Variant | undefined;
  /** A factor on all channel counts; 1 unless given. */
  readonly widthMultiplier?: number | undefined;
  /**
   * Whether the auxiliary classifier, with batch norm, learns beside; it does unless
   * told otherwise. It isn't part of the result. Its grid is that of the three named
   * variants.
   */
  readonly auxiliary?: boolean | undefined;
  /** How bytes become values; to -1..1 unless given. */
  readonly preprocessing?: Preprocessing | undefined;
  /** How labels are smoothed; by 0.1 to all classes alike unless given. */
  readonly smoothing?: LabelSmoothing | undefined;
  /** `"rmsprop"`, as in the paper, unless given. */
  readonly optimizer?: OptimizerRule | undefined;
  /** The paper's 0.045 unless given; 0.94 of it every two epochs later. */
  readonly learningRate?: number | undefined;
  /** The images of a step, at least 2; the paper's 32 unless given. */
  readonly batchSize?: number | undefined;
  /** How often each image is seen; 100 unless given, as in the paper. */
  readonly epochs?: number | undefined;
  /** Decides all that is random; 1 unless given. */
  readonly seed?: number | undefined;
  /**
   * Where it runs: `"wasm"` on one thread, unless given; `"webgpu"` on a GPU; `"cpu"`,
   * plain JavaScript, where there is no other.
   */
  readonly backend?: TrainingBackend | undefined;
  /**
   * Where tfjs comes from, on which it runs: from where this runtime finds it unless
   * given. A bundle needs the `tfjs` of `@totem/inception/f32`.
   */
  readonly tfjs?: TfjsPackages | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((epoch: TrainingEpoch) => void) | undefined;
}

const TRAIN_OPTIONS: OptionNames<TrainOptions> = {
  labels: true,
  variant: true,
  widthMultiplier: true,
  auxiliary: true,
  preprocessing: true,
  smoothing: true,
  optimizer: true,
  learningRate: true,
  batchSize: true,
  epochs: true,
  seed: true,
  backend: true,
  tfjs: true,
  signal: true,
  onEpoch: true,
};

/** How far training is. */
export interface TrainingEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  /** The mean of the smoothed loss of the network's own classifier. */
  readonly loss: number;
}

/**
 * Options with what isn't given filled in.
 *
 * @throws {ArgumentError} When one is outside its range; the text names it.
 */
export function trainSettings(options: TrainOptions) {
  assertOptions("train", options, TRAIN_OPTIONS);
  const settings = {
    labels: options.labels,
    variant: options.variant ?? "full" as const,
    widthMultiplier: options.widthMultiplier ?? 1,
    auxiliary: options.auxiliary ?? true,
    preprocessing: options.preprocessing ?? KERAS_PREPROCESSING,
    smoothing: options.smoothing ?? { epsilon: PAPER_EPSILON },
    optimizer: options.optimizer ?? "rmsprop" as const,
    learningRate: options.learningRate ?? 0.045,
    batchSize: options.batchSize ?? 32,
    epochs: options.epochs ?? 100,
    seed: options.seed ?? 1,
    backend: options.backend ?? "wasm" as const,
    tfjs: givenTfjs("train", options.tfjs),
    signal: options.signal,
  };
  assertArgument(
    Array.isArray(settings.labels) &&
      settings.labels.every((it) => typeof it === "string"),
    "train as labels must be an array of the classes' names",
    settings.labels,
  );
  assertSmoothing(settings.labels.length, settings.smoothing);
  for (const [name, least] of [["batchSize", 2], ["epochs", 1]] as const) {
    assertWhole("train", name, settings[name], least);
  }
  assertLearning("train", settings);
  assertSignal("train", settings.signal);
  assertFunctions("train", options, ["onEpoch"]);
  return settings;
}

/** @throws {ArgumentError} When an image isn't of that side and of one of the classes. */
export function assertImages(
  images: readonly TrainingImage[],
  side: number,
  classes: number,
): void {
  const must = "train as images must be an array of { pixels, classIndex }";
  assertArgument(Array.isArray(images), must, images);
  if (images.length < 2) {
    throw new ArgumentError(
      `Cannot train as batch norm needs >= 2 images: there ${
        images.length === 1 ? "is 1" : "are none"
      }`,
    );
  }
  for (const [i, { pixels, classIndex }] of images.entries()) {
    if (pixels.length !== side * side * 4) {
      throw new ArgumentError(
        `Cannot train with image ${i} as it must have ${side}x${side} pixels of RGBA: it has ${pixels.length} bytes`,
      );
    }
    if (
      Number.isInteger(classIndex) && 0 <= classIndex && classIndex < classes
    ) {
      continue;
    }
    throw new ArgumentError(
      `Cannot train with image ${i} as its class must be in 0..${
        classes - 1
      }: it is ${classIndex}`,
    );
  }
}
