import {
  assertArgument,
  assertChoice,
  assertOptions,
  assertWhole,
  type OptionNames,
} from "../argument.ts";
import { givenTfjs, type TfjsPackages } from "../backends/tfjs/packages.ts";
import { ArgumentError } from "../errors.ts";
import type { Preprocessing, Variant } from "../model/mod.ts";
import { KERAS_PREPROCESSING } from "../weights/keras/preprocessing.ts";
import {
  LEARNING_OPTIONS,
  type LearningOptions,
  learningSettings,
} from "./learning_options.ts";

/** An image to train with. */
export interface TrainingImage {
  /** 8-bit RGBA of the variant's size, `[side, side, 4]`; alpha is ignored. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
  /** The index of its class. */
  readonly classIndex: number;
}

/** A backend of tfjs on which a network can be trained. */
export type TrainingBackend = "wasm" | "webgpu" | "cpu";

/** Options of `trainNetwork`. */
export interface TrainOptions extends LearningOptions {
  /** The names of the classes, at least 2. */
  readonly labels: readonly string[];
  /** The input size; `"full"` unless given. */
  readonly variant?: Variant | undefined;
  /** A factor on all channel counts; 1 unless given. */
  readonly widthMultiplier?: number | undefined;
  /**
   * Whether to train the auxiliary classifier, too; true unless given. It needs a named
   * variant. The result doesn't include it.
   */
  readonly auxiliary?: boolean | undefined;
  /** How bytes are mapped to input values; -1..1 unless given. */
  readonly preprocessing?: Preprocessing | undefined;
  /** `"wasm"`, on one thread, unless given. `"cpu"` is plain JavaScript. */
  readonly backend?: TrainingBackend | undefined;
  /**
   * Imports tfjs; by default from where this runtime finds it. A bundle needs the `tfjs`
   * of `@totem/inception/f32`.
   */
  readonly tfjs?: TfjsPackages | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((epoch: TrainingEpoch) => void) | undefined;
}

const TRAIN_OPTIONS: OptionNames<TrainOptions> = {
  ...LEARNING_OPTIONS,
  labels: true,
  variant: true,
  widthMultiplier: true,
  auxiliary: true,
  preprocessing: true,
  backend: true,
  tfjs: true,
  onEpoch: true,
};

/** One pass through all images. */
export interface TrainingEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  /** The mean smoothed loss of the network's own classifier. */
  readonly loss: number;
}

const DEFAULTS = {
  learningRates: { rmsprop: 0.045, adam: 0.045 },
  epochs: 100,
  minBatchSize: 2,
};

/**
 * The options with defaults.
 *
 * @throws {ArgumentError} When one isn't valid; the text names it.
 */
export function trainSettings(options: TrainOptions) {
  assertOptions("train", options, TRAIN_OPTIONS);
  const { labels } = options;
  assertArgument(
    Array.isArray(labels) && labels.every((it) => typeof it === "string"),
    "train as labels must be an array of the classes' names",
    labels,
  );
  const { backend = "wasm" } = options;
  assertChoice("train", "backend", backend, ["wasm", "webgpu", "cpu"]);
  return {
    ...learningSettings("train", labels.length, options, DEFAULTS),
    labels,
    variant: options.variant ?? "full" as const,
    widthMultiplier: options.widthMultiplier ?? 1,
    auxiliary: options.auxiliary ?? true,
    preprocessing: options.preprocessing ?? KERAS_PREPROCESSING,
    backend,
    tfjs: givenTfjs("train", options.tfjs),
  };
}

/** @throws {ArgumentError} When an image has another size or an invalid class. */
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
    assertWhole(
      `train with image ${i}`,
      "its class",
      classIndex,
      0,
      classes - 1,
    );
  }
}
