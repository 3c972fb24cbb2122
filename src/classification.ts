import {
  assertArgument,
  assertFunctions,
  assertOptions,
  isNumber,
  type OptionNames,
} from "./argument.ts";
import { assertCrop } from "./network_arguments.ts";
import { assertDecodeOptions, DECODE_OPTIONS } from "./image/decode_options.ts";
import type { CropRule, DecodeOptions, ImageSource } from "./image/mod.ts";
import type { AnswerActivation } from "./model/inception_options.ts";

/** Options for running an image: decoding limits, crop, frames and signal. */
export interface RunOptions extends DecodeOptions {
  /** The part of the image to use; the model's own rule unless given. */
  readonly crop?: CropRule | undefined;
  /**
   * The number of frames of a GIF, an animated WebP or an animated PNG to run, at least
   * 1; `Infinity` for all. These are the first, the last, and others spread evenly
   * between them by number. The result is the mean over them. A still image counts as
   * one frame, and so does an animated AVIF or HEIC, of which the first frame is used.
   * The frames that have to be decoded may have at most 4 times `maxPixels` in all.
   *
   * @default {1, the first frame}
   */
  readonly frames?: number | undefined;
  /**
   * Aborts reading the image, or waiting for inference. Inference itself isn't
   * interrupted.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called at the end with the time of each stage, over all frames. */
  readonly onTimings?: ((timings: Timings) => void) | undefined;
}

/** The options for running a single frame. */
export const FRAME_OPTIONS: OptionNames<Omit<RunOptions, "frames">> = {
  ...DECODE_OPTIONS,
  crop: true,
  signal: true,
  onTimings: true,
};

export const RUN_OPTIONS: OptionNames<RunOptions> = {
  ...FRAME_OPTIONS,
  frames: true,
};

/** Options of `classify`. */
export interface ClassifyOptions extends RunOptions {
  /**
   * The maximum number of classes to return, at least 1; `Infinity` for all. Unless
   * given, 5, or for a model with a sigmoid all that reach the threshold.
   */
  readonly top?: number | undefined;
  /**
   * The lowest probability of a class to return, 0..1. Unless given, 0, or 0.5 for a
   * model with a sigmoid.
   */
  readonly threshold?: number | undefined;
}

/** The default threshold for a sigmoid: the label is more likely than not. */
export const DEFAULT_THRESHOLD = 0.5;

/** @throws {ArgumentError} When an option isn't valid. */
export function assertClassifyOptions(options: ClassifyOptions): void {
  assertOptions("classify", options, CLASSIFY_OPTIONS);
  const { top = 5, threshold } = options;
  assertArgument(
    isNumber(top, isCount),
    "give the top classes as top must be a whole number >= 1",
    top,
  );
  assertThreshold("classify", threshold);
}

function isCount(value: number): boolean {
  return value >= 1 && (value === Infinity || value % 1 === 0);
}

const CLASSIFY_OPTIONS: OptionNames<ClassifyOptions> = {
  ...RUN_OPTIONS,
  top: true,
  threshold: true,
};

/** @throws {ArgumentError} When `threshold` is neither undefined nor in 0..1. */
export function assertThreshold(action: string, threshold: unknown): void {
  assertArgument(
    threshold === undefined || isNumber(threshold, (it) => it >= 0 && it <= 1),
    `${action} as threshold must be a number in 0..1`,
    threshold,
  );
}

/** Throws when an option isn't valid, or the signal has fired. */
export function assertRunOptions(options: RunOptions): void {
  assertDecodeOptions(options);
  assertFunctions("read an image", options, ["onTimings"]);
  const { frames = 1 } = options;
  assertArgument(
    isNumber(frames, isCount),
    "run an image as frames must be a whole number >= 1",
    frames,
  );
  if (options.crop !== undefined) assertCrop(options.crop);
}

/** Wall times of the stages of one image, in ms. */
export interface Timings {
  /** The time from bytes to pixels; 0 for an image given as pixels. */
  readonly decode: number;
  /** The time to crop and resize the image to the network's input. */
  readonly resize: number;
  /** The time of the network itself, including the wait for a thread. */
  readonly inference: number;
}

/** A class and its probability. */
export interface Classification {
  /** The class's name. */
  readonly label: string;
  /** The class's id, such as WordNet's `n02123159`; absent if the model has no ids. */
  readonly id?: string;
  /** The index of the class in the model's labels. */
  readonly index: number;
  /**
   * The probability, 0..1. All classes add up to 1, unless the model has a sigmoid:
   * then several classes or none may be likely.
   */
  readonly probability: number;
}

/** The classes of one frame of an animation. */
export interface ClassifiedFrame {
  /** Its number, from 0. */
  readonly frame: number;
  /** When the frame is first shown, in seconds from the beginning. */
  readonly time: number;
  /** The frame's classes, as `classify` returns them. */
  readonly classes: Classification[];
}

/** The classes of an animation. */
export interface ClassifiedAnimation {
  /** The classes by mean probability over all frames that were run. */
  readonly classes: Classification[];
  /** Each frame that was run, in order. A still image is one frame at 0 seconds. */
  readonly frames: ClassifiedFrame[];
  /**
   * The number of frames in the image, at least 1. `frames` can be shorter: if fewer were
   * requested, and for an animated AVIF or HEIC, of which only the first frame can be
   * decoded.
   */
  readonly frameCount: number;
}

/** A class and its logit, the answer of a model without an activation. */
export interface ClassLogit extends Omit<Classification, "probability"> {
  /** Any number; higher values support the class more. */
  readonly logit: number;
}

/** The names of a model's classes. */
export interface ClassNames {
  readonly labels: readonly string[];
  readonly classIds?: readonly string[] | undefined;
}

export function namedClass(
  { labels, classIds }: ClassNames,
  index: number,
): Omit<Classification, "probability"> {
  const id = classIds?.[index];
  return { label: labels[index]!, ...id !== undefined && { id }, index };
}

/**
 * The classes whose probabilities reach the threshold, highest first.
 *
 * @param activation The model's activation. The defaults are different for a sigmoid.
 */
export function likeliestClasses(
  names: ClassNames,
  probabilities: Float32Array,
  activation: AnswerActivation | null,
  options: Pick<ClassifyOptions, "top" | "threshold">,
): Classification[] {
  const isSigmoid = activation === "sigmoid";
  const {
    top = isSigmoid ? Infinity : 5,
    threshold = isSigmoid ? DEFAULT_THRESHOLD : 0,
  } = options;
  return Array.from(probabilities, (probability, index) => ({
    ...namedClass(names, index),
    probability,
  })).filter(({ probability }) => probability >= threshold)
    .sort((a, b) => b.probability - a.probability).slice(0, top);
}

/** The `top` classes with the highest logits, highest first. */
export function highestLogits(
  names: ClassNames,
  logits: Float32Array,
  top = 5,
): ClassLogit[] {
  return Array.from(logits, (logit, index) => ({
    ...namedClass(names, index),
    logit,
  })).sort((a, b) => b.logit - a.logit).slice(0, top);
}

/** One of many images. */
export interface ImageOfMany<T = ImageSource> {
  /** Its index, from 0. */
  readonly index: number;
  /** The given image. */
  readonly image: T;
}

/** One of many images that couldn't be read or run. */
export interface FailedImage<T = ImageSource> extends ImageOfMany<T> {
  /** The error. If something else was thrown, an `Error` with it as `cause`. */
  readonly error: Error;
  /** Absent. */
  readonly classes?: undefined;
  /** Absent. */
  readonly features?: undefined;
}

/** The result of one of many images: its classes, or its error. */
export type ClassifiedImage<T = ImageSource> =
  | ImageOfMany<T> & {
    /** As returned by `classify`. */
    readonly classes: Classification[];
    readonly error?: undefined;
  }
  | FailedImage<T>;

/** The result of one of many images: its features, or its error. */
export type ImageFeatures<T = ImageSource> =
  | ImageOfMany<T> & {
    /** The pooled activations before the classifier. */
    readonly features: Float32Array;
    readonly error?: undefined;
  }
  | FailedImage<T>;
